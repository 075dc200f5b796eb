// Package sniff detects the media type of bytes and checks declared media types
// against it.
//
// [Head] looks at the leading bytes of a content. What only bytes further on decide,
// [Format.Inspect] reads from the stored content in short ranges. [Text] and [JSON]
// check a content while it passes.
package sniff
