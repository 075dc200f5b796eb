// Package corpus tests what files are taken for: the media types of the contract word
// by word, and files that real programs write.
package corpus
