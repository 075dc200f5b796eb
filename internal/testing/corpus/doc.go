// Package corpus tests what files are taken for and how they are shown: the media types
// of the contract word by word, and files that real programs write, in Chromium.
package corpus
