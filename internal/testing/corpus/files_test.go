package corpus_test

import "github.com/10ex/assets"

// sample is a file that a program writes.
type sample struct {
	name   string // of the file; its extension chooses what the program writes
	typ    assets.Type
	media  string // that it has
	by     string // the programs, as the document names them
	script string // writes the file $1; the folder has hero.png and film.y4m
	all    bool   // only with ASSETS_TEST_ALL=1
	shown  string // in a preview: inline, a page, or a download
	scaled string // width × height of a rendition of width 160; empty: it has none
}

const (
	inline   = "inline"
	asPage   = "page of text"
	download = "name and link"
	upright  = "160×90"
	turned   = "160×284" // 320 × 180 on its side, as EXIF says
)

// magick runs ImageMagick, whatever its version is called.
const magick = `magick() { if command magick -version >/dev/null 2>&1; then command magick "$@"; else /usr/bin/convert "$@"; fi; }; magick `

// samples returns the files, in the order of the document.
func samples() []sample {
	image := func(name, media, script, scaled string) sample {
		return sample{name: name, typ: assets.TypeImage, media: media, by: "ImageMagick", script: magick + script, shown: inline, scaled: scaled}
	}
	film := func(name, media, script, shown string) sample {
		return sample{name: name, typ: assets.TypeVideo, media: media, by: "ffmpeg", script: `ffmpeg -v error -i film.y4m ` + script + ` "$1"`, shown: shown}
	}
	text := func(name string, typ assets.Type, media, script string) sample {
		return sample{name: name, typ: typ, media: media, by: "printf", script: `printf ` + script + ` >"$1"`, shown: asPage}
	}
	office := func(name, media, format, shown string) sample {
		return sample{
			name: name, typ: assets.TypeSlide, media: media, by: "LibreOffice", all: true, shown: shown,
			script: `printf '# One\n\n- two\n' | pandoc -o slides.pptx && soffice -env:UserInstallation=file://$PWD/profile --headless --convert-to ` + format + ` --outdir out slides.pptx >/dev/null && mv out/slides.* "$1"`,
		}
	}
	with := func(s sample, by, script string) sample {
		s.by += ", " + by
		s.script += " && " + script
		return s
	}
	return []sample{
		image("plain.png", png, `hero.png "$1"`, upright),
		image("palette.png", png, `hero.png -colors 16 png8:"$1"`, upright),
		image("deep-gray.png", png, `hero.png -colorspace Gray -depth 16 "$1"`, upright),
		image("interlaced.png", png, `hero.png -interlace PNG "$1"`, upright),
		with(image("turned.png", png, `hero.png "$1"`, turned), "exiftool", `exiftool -q -overwrite_original -n -Orientation=6 "$1"`),
		image("baseline.jpg", "image/jpeg", `hero.png "$1"`, upright),
		image("progressive.jpg", "image/jpeg", `hero.png -interlace JPEG "$1"`, upright),
		image("gray.jpeg", "image/jpeg", `hero.png -colorspace Gray "$1"`, upright),
		image("cmyk.jpg", "image/jpeg", `hero.png -colorspace CMYK "$1"`, upright),
		with(image("turned.jpg", "image/jpeg", `hero.png "$1"`, turned), "exiftool", `exiftool -q -overwrite_original -n -Orientation=6 "$1"`),
		with(image("described.jpg", "image/jpeg", `hero.png "$1"`, upright), "exiftool", `exiftool -q -overwrite_original -XMP-dc:Description="$(head -c 50000 /dev/zero | tr '\0' x)" "$1"`),
		image("still.gif", "image/gif", `hero.png "$1"`, upright),
		image("animated.gif", "image/gif", `-delay 20 hero.png \( hero.png -negate \) "$1"`, upright),
		image("lossy.webp", "image/webp", `hero.png "$1"`, upright),
		image("lossless.webp", "image/webp", `hero.png -define webp:lossless=true "$1"`, upright),
		{name: "still.avif", typ: assets.TypeImage, media: "image/avif", by: "avifenc", script: `avifenc -s 10 hero.png "$1" >/dev/null`, shown: inline},
		{name: "sequence.avif", typ: assets.TypeImage, media: "image/avif", by: "avifenc", script: `avifenc -s 10 hero.png hero.png "$1" >/dev/null`, shown: inline},
		{name: "drawing.svg", typ: assets.TypeImage, media: svg, by: "printf", script: `printf '<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]>\n<svg xmlns="&ns;"/>' >"$1"`, shown: download},

		film("plain.mp4", mp4, `-pix_fmt yuv420p`, inline),
		film("faststart.mp4", mp4, `-pix_fmt yuv420p -movflags +faststart`, inline),
		film("fragments.mp4", mp4, `-pix_fmt yuv420p -movflags frag_keyframe+empty_moov+default_base_moof -brand iso6`, inline),
		film("apple.m4v", mp4, `-pix_fmt yuv420p -f ipod`, inline),
		film("telephone.3gp", mp4, `-c:v mpeg4 -s 176x144 -f 3gp`, inline),
		film("console.mp4", mp4, `-f lavfi -i sine=duration=1 -pix_fmt yuv420p -shortest -f psp`, inline),
		film("quicktime.mov", "video/quicktime", `-pix_fmt yuv420p`, download),
		film("vp8.webm", "video/webm", `-c:v libvpx -deadline realtime`, inline),
		film("vp9.webm", "video/webm", `-c:v libvpx-vp9 -deadline realtime`, inline),

		text("ad.txt", assets.TypeCopy, plain, `'Gr\303\274\303\237e\n'`),
		text("ad.md", assets.TypeCopy, markdown, `'# Hello\n'`),
		text("ad.html", assets.TypeCopy, html, `'<section>Hello</section>\n'`),
		text("mark.md", assets.TypeBlog, markdown, `'\357\273\277# Hello\n'`),
		text("post.txt", assets.TypeBlog, plain, `'Hello\n'`),
		{name: "ad.json", typ: assets.TypeCopy, media: json, by: "Python", script: `python3 -c 'import json, sys; json.dump({"headline": "Hello"}, open(sys.argv[1], "w", encoding="utf-8-sig"))' "$1"`, shown: download},
		{name: "post.md", typ: assets.TypeBlog, media: markdown, by: "pandoc", script: `printf '<h1>Hello</h1><p>world' | pandoc -f html -t gfm -o "$1"`, all: true, shown: asPage},
		{name: "page.html", typ: assets.TypeBlog, media: html, by: "pandoc", script: `printf '# Hello' | pandoc -s -M title=Hello -o "$1"`, all: true, shown: asPage},
		{name: "fragment.html", typ: assets.TypeBlog, media: html, by: "pandoc", script: `printf '# Hello' | pandoc -o "$1"`, all: true, shown: asPage},

		office("deck.pptx", pptx, "pptx", download),
		office("deck.odp", odp, "odp", download),
		office("deck.pdf", pdf, "pdf", inline),
		{name: "pandoc.pptx", typ: assets.TypeSlide, media: pptx, by: "pandoc", script: `printf '# One\n\n- two\n' | pandoc -o "$1"`, all: true, shown: download},
		{name: "ghostscript.pdf", typ: assets.TypeSlide, media: pdf, by: "Ghostscript", script: `printf '%%!\nshowpage\n' | gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile="$1" -`, all: true, shown: inline},

		{name: "pictures.zip", typ: assets.TypeBundle, media: "application/zip", by: "7z", script: `7z a -bso0 "$1" hero.png`, shown: download},
		{name: "bsdtar.zip", typ: assets.TypeBundle, media: "application/zip", by: "bsdtar", script: `bsdtar -a -cf "$1" hero.png`, shown: download},
		{name: "pictures.tar", typ: assets.TypeBundle, media: "application/x-tar", by: "bsdtar", script: `bsdtar -cf "$1" hero.png`, shown: download},
		{name: "prices.csv", typ: assets.TypeBundle, media: "text/csv", by: "Python", script: `python3 -c 'import csv, sys; csv.writer(open(sys.argv[1], "w")).writerows([["a", "b"], [1, 2]])' "$1"`, shown: download},
	}
}
