package corpus_test

import (
	"strings"

	"github.com/10ex/assets"
)

// bundle returns a file of a bundle, which accepts anything.
func bundle(name, media, args string) file {
	return file{name: name, typ: assets.TypeBundle, media: media, args: args, shown: download}
}

// textFile returns a text that a preview shows as a page with part of it.
func textFile(name string, typ assets.Type, media, shown string) file {
	return file{name: name, typ: typ, media: media, shown: asPage, text: shown}
}

// python runs testdata/write.py, which writes all its files.
func python() tool {
	data := func(name string, typ assets.Type, media string) file {
		return file{name: name, typ: typ, media: media, shown: download}
	}
	return tool{by: "Python", programs: "python3", files: []file{
		textFile("ad.txt", assets.TypeCopy, plain, "Grüße, 世界 😀"),
		textFile("windows.txt", assets.TypeCopy, plain, "first\nsecond"),
		textFile("classic-mac.txt", assets.TypeCopy, plain, "first\nsecond"),
		textFile("mark.txt", assets.TypeCopy, plain, "Hello"),
		textFile("rtl.txt", assets.TypeCopy, plain, "שלום"),
		textFile("thai.txt", assets.TypeBlog, plain, "สวัสดี"),
		textFile("escapes.txt", assets.TypeCopy, plain, "bold"),
		textFile("long.txt", assets.TypeCopy, plain, "line 1\n"),
		textFile("ad.md", assets.TypeCopy, markdown, "Hello"),
		textFile("mark.md", assets.TypeBlog, markdown, "Hello"),
		textFile("front-matter.md", assets.TypeBlog, markdown, "title: Spring"),
		textFile("table.md", assets.TypeBlog, markdown, "Reach"),
		textFile("windows.markdown", assets.TypeBlog, markdown, "Hello"),
		textFile("ad.html", assets.TypeCopy, html, "Hello"),
		textFile("page.htm", assets.TypeCopy, html, "Hello"),
		textFile("mark.html", assets.TypeBlog, html, "Hello"),
		textFile("post.html", assets.TypeBlog, html, "Hello"),
		textFile("deck.html", assets.TypeSlide, html, "Hello"),
		textFile("deck.xhtml", assets.TypeSlide, html, "Hello"),
		textFile("lines.json", assets.TypeCopy, plain, "Hello"),
		data("ad.json", assets.TypeCopy, json),
		data("mark.json", assets.TypeCopy, json),
		data("list.json", assets.TypeCopy, json),
		data("drawing.svg", assets.TypeImage, svg),
		data("entity.svg", assets.TypeImage, svg),
		data("commented.svg", assets.TypeImage, svg),
		data("wide-characters.svg", assets.TypeImage, svg),
		{name: "minimal.pdf", typ: assets.TypeSlide, media: pdf, shown: inline},
		data("minimal.pptx", assets.TypeSlide, pptx),
		data("minimal.odp", assets.TypeSlide, odp),
		bundle("deflated.zip", "application/zip", ""),
		bundle("streamed.zip", "application/zip", ""),
		bundle("empty.zip", "application/zip", ""),
		bundle("pictures.tar", "application/x-tar", ""),
		bundle("pictures.tar.gz", "application/gzip", ""),
		bundle("pictures.tar.bz2", "application/x-bzip2", ""),
		bundle("pictures.tar.xz", "application/x-xz", ""),
		bundle("book.epub", "application/epub+zip", ""),
		bundle("prices.csv", "text/csv", ""),
		bundle("prices.tsv", "text/tab-separated-values", ""),
		bundle("data.xml", "text/xml", ""),
		bundle("data.sqlite", "application/vnd.sqlite3", ""),

		other("latin1.txt", assets.TypeCopy, notUTF8, ""),
		other("utf16le.txt", assets.TypeCopy, notUTF8, ""),
		other("utf16be.txt", assets.TypeBlog, notUTF8, ""),
		other("utf32.txt", assets.TypeCopy, notUTF8, ""),
		other("nul.txt", assets.TypeCopy, unknown, ""),
		other("utf16.json", assets.TypeCopy, notUTF8, ""),
		other("utf16.html", assets.TypeSlide, notUTF8, ""),
		other("drawing.svgz", assets.TypeImage, "application/gzip", ""),
		other("show.ppsx", assets.TypeSlide, officeOpen+"slideshow", ""),
		other("template.potx", assets.TypeSlide, officeOpen+"template", ""),
		other("macros.pptm", assets.TypeSlide, "application/vnd.ms-powerpoint.presentation.macroenabled.12", ""),
		other("pictures.pptx", assets.TypeSlide, "application/zip", ""),
		other("document.docx", assets.TypeSlide, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""),
		other("sums.ods", assets.TypeSlide, "application/vnd.oasis.opendocument.spreadsheet", ""),
	}, script: func([]file) string { return `python3 "$TESTDATA/write.py"` }}
}

// archivers write archives of quarters.png.
func archivers() []tool {
	each := func(program string) func([]file) string {
		return func(files []file) string {
			var b strings.Builder
			for _, f := range files {
				b.WriteString(program + " " + f.args + " " + f.name + " quarters.png\n")
			}
			return b.String()
		}
	}
	return []tool{
		{by: "7z", programs: "7z", files: []file{
			bundle("7z.zip", "application/zip", "a -bso0"),
			bundle("7z-stored.zip", "application/zip", "a -bso0 -mx0"),
			bundle("encrypted.zip", "application/zip", "a -bso0 -psecret"),
			bundle("pictures.7z", "application/x-7z-compressed", "a -bso0"),
		}, script: each("7z")},
		{by: "bsdtar", programs: "bsdtar", files: []file{
			bundle("bsdtar.zip", "application/zip", "-a -cf"),
			bundle("posix.tar", "application/x-tar", "--format pax -cf"),
			bundle("old.tar", "application/x-tar", "--format ustar -cf"),
			bundle("bsdtar.tar.gz", "application/gzip", "-a -cf"),
			bundle("pictures.cpio", "application/x-cpio", "--format newc -cf"),
		}, script: each("bsdtar")},
	}
}
