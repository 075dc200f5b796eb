package corpus_test

import (
	"path"
	"strings"

	"github.com/10ex/assets"
)

// offices are the programs that only run with ASSETS_TEST_ALL=1, because they are large
// or slow.
func offices() []tool { return []tool{pandoc(), libreOffice(), ghostscript()} }

func pandoc() tool {
	of := func(f file, args string) file {
		f.args = args
		return f
	}
	return tool{by: "pandoc", programs: "pandoc", all: true, files: []file{
		of(textFile("pandoc.md", assets.TypeBlog, markdown, "Spring is here"), "-t gfm"),
		of(textFile("commonmark.md", assets.TypeBlog, markdown, "Spring is here"), "-t commonmark"),
		of(textFile("pandoc-markdown.md", assets.TypeBlog, markdown, "title: Hello"), "-s -t markdown"),
		of(textFile("pandoc.txt", assets.TypeBlog, plain, "Spring is here"), "-t plain"),
		of(textFile("pandoc.html", assets.TypeBlog, html, "Spring is here"), "-s"),
		of(textFile("fragment.html", assets.TypeCopy, html, "Spring is here"), ""),
		of(textFile("html4.html", assets.TypeBlog, html, "Spring is here"), "-s -t html4"),
		of(textFile("slidy.html", assets.TypeSlide, html, "Spring is here"), "-s -t slidy"),
		of(textFile("reveal.html", assets.TypeSlide, html, "Spring is here"), "-s -t revealjs"),
		of(file{name: "native.json", typ: assets.TypeCopy, media: json, shown: download}, "-t json"),
		of(file{name: "pandoc.pptx", typ: assets.TypeSlide, media: pptx, shown: download}, ""),
		of(bundle("pandoc.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""), ""),
		of(bundle("pandoc.odt", "application/vnd.oasis.opendocument.text", ""), ""),
		of(bundle("pandoc.epub", "application/epub+zip", ""), ""),
		of(bundle("pandoc.rtf", "text/rtf", ""), "-s"),
		of(other("refused.odt", assets.TypeSlide, "application/vnd.oasis.opendocument.text", ""), ""),
	}, script: func(files []file) string {
		var b strings.Builder
		b.WriteString("printf '# One\\n\\nSpring is here.\\n\\n# Two\\n\\n- a\\n- b\\n' >source.md\n")
		for _, f := range files {
			b.WriteString("pandoc -M title=Hello source.md " + f.args + " -o " + f.name + "\n")
		}
		return b.String()
	}}
}

// libreOffice converts decks of pandoc, in one process for each format.
func libreOffice() tool {
	deck := func(name, media, shown string) file {
		return file{name: name, typ: assets.TypeSlide, media: media, shown: shown}
	}
	const impress = `"Impress MS PowerPoint 2007 XML`
	as := func(filter string, f file) file {
		f.args = filter
		return f
	}
	return tool{by: "LibreOffice", programs: "soffice", all: true, files: []file{
		deck("impress.pptx", pptx, download),
		deck("impress.odp", odp, download),
		deck("impress.pdf", pdf, inline),
		as(impress+` AutoPlay"`, deck("impress.ppsx", pptx, download)), // LibreOffice writes a presentation under that name
		as(impress+` VBA"`, other("impress.pptm", assets.TypeSlide, "application/vnd.ms-powerpoint.presentation.macroenabled.12", "")),
		other("impress.ppt", assets.TypeSlide, "application/x-ole-storage", ""),
		other("impress.otp", assets.TypeSlide, "application/vnd.oasis.opendocument.presentation-template", ""),
		imageFile("impress.png", "").sized("").plainly(),
		imageFile("impress.jpg", "").sized("").plainly(),
		{name: "impress.svg", typ: assets.TypeImage, media: svg, shown: download},
	}, script: func(files []file) string {
		var b strings.Builder
		for _, f := range files {
			ext := path.Ext(f.name)
			filter := ext[1:]
			if f.args != "" {
				filter += ":" + f.args
			}
			b.WriteString("soffice -env:UserInstallation=file://$PWD/profile --headless --convert-to '" + strings.ReplaceAll(filter, `"`, "") + "' --outdir converted pandoc.pptx >/dev/null && mv converted/pandoc" + ext + " " + f.name + "\n")
		}
		return b.String()
	}}
}

func ghostscript() tool {
	return tool{by: "Ghostscript", programs: "gs", all: true, files: []file{
		{name: "1.4.pdf", typ: assets.TypeSlide, media: pdf, args: "-sDEVICE=pdfwrite -dCompatibilityLevel=1.4", shown: inline},
		{name: "1.7.pdf", typ: assets.TypeSlide, media: pdf, args: "-sDEVICE=pdfwrite -dCompatibilityLevel=1.7", shown: inline},
		{name: "linear.pdf", typ: assets.TypeSlide, media: pdf, args: "-sDEVICE=pdfwrite -dFastWebView", shown: inline},
		{name: "pictured.pdf", typ: assets.TypeSlide, media: pdf, args: "-sDEVICE=pdfimage24", shown: inline},
		imageFile("ghostscript.png", "-sDEVICE=png16m -g400x200").plainly(),
		imageFile("ghostscript.jpg", "-sDEVICE=jpeg -g400x200").plainly(),
		imageFile("ghostscript-cmyk.jpg", "-sDEVICE=jpegcmyk -g400x200").plainly(),
		imageFile("ghostscript.tiff", "-sDEVICE=tiff24nc").refused(),
	}, script: func(files []file) string {
		var b strings.Builder
		b.WriteString("printf '%%!\\n0 0 100 100 rectfill showpage\\n' >page.ps\n")
		for _, f := range files {
			b.WriteString("gs -q -dBATCH -dNOPAUSE " + f.args + " -sOutputFile=" + f.name + " page.ps\n")
		}
		return b.String()
	}}
}
