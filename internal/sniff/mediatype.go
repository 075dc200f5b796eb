package sniff

import (
	"mime"
	"strings"
)

const (
	octetStream = "application/octet-stream"
	plainText   = "text/plain"
	markdown    = "text/markdown"
	html        = "text/html"
	xml         = "text/xml"
	xhtml       = "application/xhtml+xml"
	json        = "application/json"
	svg         = "image/svg+xml"
	avif        = "image/avif"
	mp4         = "video/mp4"
	quickTime   = "video/quicktime"
	zip         = "application/zip"
	pdf         = "application/pdf"
	pptx        = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	odp         = "application/vnd.oasis.opendocument.presentation"
)

// ParseType returns a media type (RFC 9110 §8.3.1) in lower case, without
// parameters. A well-known alias, such as image/jpg, becomes the type that it
// names. ok is false if s is malformed, if its names are not those of RFC 6838 §4.2,
// as in the range image/*, or if its charset is neither UTF-8 nor US-ASCII.
func ParseType(s string) (mediaType string, ok bool) {
	name, params, err := mime.ParseMediaType(s)
	if err != nil {
		return "", false
	}
	top, sub, _ := strings.Cut(name, "/")
	if !restrictedName(top) || !restrictedName(sub) {
		return "", false
	}
	if charset, ok := params["charset"]; ok && !isUTF8(charset) {
		return "", false
	}
	return named(name), true
}

// isUTF8 reports whether a charset is UTF-8 or a part of it, by any name in use.
func isUTF8(charset string) bool {
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}

// restrictedName reports whether s is a restricted name (RFC 6838 §4.2).
func restrictedName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case i > 0 && strings.IndexByte("!#$&-^_.+", c) >= 0:
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= 127
}

// named returns the media type that an alias names, and any other name unchanged.
func named(name string) string {
	switch name {
	case "image/jpg", "image/pjpeg", "image/x-jpeg", "image/x-jpg", "image/jfif", "application/jpg", "application/x-jpg":
		return "image/jpeg"
	case "image/x-png", "image/apng", "image/vnd.mozilla.apng", "application/png", "application/x-png":
		return "image/png"
	case "image/x-gif":
		return "image/gif"
	case "image/x-webp":
		return "image/webp"
	case "image/avif-sequence", "image/x-avif":
		return avif
	case "image/svg", "image/svg-xml", "image/x-svg+xml", "image/vnd.adobe.svg+xml", "text/svg", "text/xml-svg", "application/svg+xml":
		return svg
	case "video/x-m4v", "video/m4v", "video/x-mp4", "video/mpeg4", "video/mp4v-es", "application/mp4", "application/x-mp4":
		return mp4
	case "video/mov", "video/x-mov", "video/x-quicktime", "image/mov":
		return quickTime
	case "video/x-webm":
		return "video/webm"
	}
	return namedDocument(name)
}

func namedDocument(name string) string {
	switch name {
	case "text/txt", "text/x-plain", "application/text", "application/txt", "application/x-text":
		return plainText
	case "text/x-markdown", "text/md", "text/x-md", "text/x-web-markdown", "text/vnd.daringfireball.markdown", "application/markdown", "application/x-markdown":
		return markdown
	case "text/x-html", "application/html", "application/x-html":
		return html
	case "text/json", "text/x-json", "application/x-json":
		return json
	case "application/x-pdf", "application/acrobat", "application/vnd.pdf", "applications/vnd.pdf", "text/pdf", "text/x-pdf":
		return pdf
	case "application/x-vnd.oasis.opendocument.presentation":
		return odp
	case "application/x-zip-compressed", "application/x-zip", "application/zip-compressed", "multipart/x-zip":
		return zip
	case "binary/octet-stream", "application/binary", "application/x-binary", "application/x-octet-stream", "application/x-download", "application/force-download", "application/unknown":
		return octetStream
	}
	return name
}

// TypeOfName returns the media type that the extension of a file name names, if it
// is one of a text. Otherwise it returns an empty string.
func TypeOfName(filename string) string {
	dot := strings.LastIndexByte(filename, '.')
	if dot < 0 {
		return ""
	}
	ext := strings.ToLower(filename[dot+1:])
	switch ext {
	case "txt", "text":
		return plainText
	case "md", "markdown", "mdown", "mdwn", "mkd", "mkdn":
		return markdown
	case "html", "htm":
		return html
	case "xhtml", "xht":
		return xhtml
	case "json":
		return json
	case "svg":
		return svg
	case "xml":
		return xml
	}
	return typeOfData(ext)
}

// typeOfData is TypeOfName for the kinds of text that only a bundle has.
func typeOfData(ext string) string {
	switch ext {
	case "csv":
		return "text/csv"
	case "tsv":
		return "text/tab-separated-values"
	case "css":
		return "text/css"
	case "js", "mjs":
		return "text/javascript"
	case "yaml", "yml":
		return "application/yaml"
	case "vtt":
		return "text/vtt"
	case "srt":
		return "application/x-subrip"
	case "ics":
		return "text/calendar"
	case "vcf":
		return "text/vcard"
	case "rtf":
		return "text/rtf"
	}
	return ""
}
