package corpus_test

import (
	"path"
	"strings"

	"github.com/10ex/assets"
)

// magick runs ImageMagick, whatever its version is called.
const magick = `magick() { if command magick -version >/dev/null 2>&1; then command magick "$@"; else /usr/bin/convert "$@"; fi; }; magick `

// imageFile returns a picture whose extension is that of its media type.
func imageFile(name, args string) file {
	media := map[string]string{
		".png": png, ".apng": png, ".jpg": jpeg, ".jpeg": jpeg, ".gif": gif, ".webp": webp, ".avif": avif, // accepted
		".tiff": "image/tiff", ".bmp": "image/bmp", ".ico": "image/x-icon", ".psd": "image/vnd.adobe.photoshop", ".jp2": "image/jp2", ".heic": "image/heic",
	}[path.Ext(name)]
	return file{name: name, typ: assets.TypeImage, media: media, args: args, shown: inline, scales: media != avif, size: upright}
}

// imageMagick writes all its files in one process.
func imageMagick() tool {
	return tool{by: "ImageMagick", programs: "identify", files: []file{
		imageFile("rgb.png", `-define png:color-type=2`),
		imageFile("rgb16.png", `-depth 16 -define png:color-type=2 -define png:bit-depth=16`),
		imageFile("rgba.png", `-alpha set -define png:color-type=6`),
		imageFile("rgba16.png", `-alpha set -depth 16 -define png:color-type=6 -define png:bit-depth=16`),
		imageFile("half-transparent.png", `-alpha set -channel A -evaluate set 50% -define png:color-type=6`),
		imageFile("gray.png", `-colorspace Gray -define png:color-type=0`),
		imageFile("gray16.png", `-colorspace Gray -depth 16 -define png:color-type=0 -define png:bit-depth=16`),
		imageFile("gray-alpha.png", `-colorspace Gray -alpha set -define png:color-type=4`),
		imageFile("gray2.png", `-colorspace Gray -depth 2 -define png:bit-depth=2`).plainly(),
		imageFile("bilevel.png", `-threshold 50% -define png:bit-depth=1`).plainly(),
		imageFile("palette2.png", `-threshold 50% -define png:color-type=3`).plainly(),
		imageFile("palette16.png", `-colors 16 -define png:color-type=3`),
		imageFile("palette256.png", `-attenuate 0.2 +noise Gaussian -colors 256 -define png:color-type=3`),
		imageFile("palette-transparent.png", `-bordercolor none -shave 1x1 -border 1 -define png:format=png8`),
		imageFile("interlaced.png", `-interlace PNG -define png:color-type=2`),
		imageFile("interlaced-gray.png", `-interlace PNG -colorspace Gray -define png:color-type=0`),
		imageFile("interlaced-palette.png", `-interlace PNG -define png:color-type=3`),
		imageFile("uncompressed.png", `-define png:compression-level=0 -define png:color-type=2`),
		imageFile("filtered.png", `-define png:compression-filter=4 -define png:color-type=2`),
		imageFile("commented.png", `-set comment "a comment" -set Title "a title"`),
		imageFile("with-offset.png", `-repage +10+20`),
		imageFile("odd.png", `-resize 401x199! -define png:color-type=2`).sized("401×199"),
		imageFile("high.png", `-resize 161x400! -define png:color-type=2`).sized("161×400"),
		imageFile("large.png", `-resize 3000x1500! -define png:color-type=2`).sized("3000×1500"),

		imageFile("baseline.jpg", ``),
		imageFile("444.jpg", `-sampling-factor 4:4:4`),
		imageFile("422.jpg", `-sampling-factor 4:2:2`),
		imageFile("420.jpg", `-sampling-factor 4:2:0`),
		imageFile("411.jpg", `-sampling-factor 4:1:1`),
		imageFile("440.jpg", `-sampling-factor 4:4:0`),
		imageFile("410.jpg", `-sampling-factor 4:1:0`),
		imageFile("progressive.jpg", `-interlace JPEG`),
		imageFile("progressive-420.jpeg", `-interlace JPEG -sampling-factor 4:2:0`),
		imageFile("gray.jpg", `-colorspace Gray`),
		imageFile("gray-progressive.jpg", `-colorspace Gray -interlace JPEG`),
		imageFile("cmyk.jpg", `-colorspace CMYK`),
		imageFile("cmyk-progressive.jpg", `-colorspace CMYK -interlace JPEG`),
		imageFile("restarts.jpg", `-define jpeg:restart-interval=4`),
		imageFile("unoptimized.jpg", `-define jpeg:optimize-coding=false`),
		imageFile("coarse.jpg", `-quality 5`),
		imageFile("fine.jpg", `-quality 100`),
		imageFile("print.jpeg", `-density 300 -units PixelsPerInch`),
		imageFile("commented.jpg", `-set comment "a comment"`),
		imageFile("odd.jpg", `-resize 401x199!`).sized("401×199"),
		imageFile("large.jpg", `-resize 3000x1500!`).sized("3000×1500"),

		imageFile("still.gif", ``),
		imageFile("interlaced.gif", `-interlace GIF`),
		imageFile("gray.gif", `-colorspace Gray`),
		imageFile("two-colors.gif", `-threshold 50%`).plainly(),
		imageFile("transparent.gif", `-bordercolor none -shave 1x1 -border 1`),
		imageFile("commented.gif", `-set comment "a comment"`),
		imageFile("animated.gif", `-delay 20 ( +clone -negate )`),
		imageFile("looped.gif", `-delay 20 -loop 0 ( +clone -negate )`),
		imageFile("optimized.gif", `-delay 20 ( +clone -fill black -draw "rectangle 10,10 20,20" ) -layers optimize`),
		imageFile("disposed.gif", `-delay 20 -dispose previous ( +clone -fill black -draw "rectangle 10,10 20,20" )`),

		imageFile("lossy.webp", `-quality 80`),
		imageFile("coarse.webp", `-quality 5`),
		imageFile("lossless.webp", `-define webp:lossless=true`),
		imageFile("near-lossless.webp", `-define webp:lossless=true -define webp:near-lossless=40`),
		imageFile("lossy-alpha.webp", `-alpha set -channel A -evaluate set 50%`),
		imageFile("lossless-alpha.webp", `-alpha set -channel A -evaluate set 50% +channel -define webp:lossless=true`),
		imageFile("photo.webp", `-define webp:image-hint=photo -define webp:method=0`),
		imageFile("odd.webp", `-resize 401x199!`).sized("401×199"),
		imageFile("heif.avif", ``),

		imageFile("scan.tiff", ``).refused(),
		imageFile("bitmap.bmp", ``).refused(),
		imageFile("icon.ico", `-resize 64x32`).refused(),
		imageFile("layers.psd", ``).refused(),
		imageFile("wavelets.jp2", ``).refused(),
		imageFile("telephone.heic", ``).refused(),
	}, script: func(files []file) string { return magickScript("+clone", files) }}
}

// imageMagickLater converts files of ExifTool, with their EXIF data. Neither does
// Chromium turn a WebP by them, nor a PNG in which they are text.
func imageMagickLater() tool {
	return tool{by: "ImageMagick", programs: "identify", files: []file{
		imageFile("turned6.webp", "turned6.jpg"),
		imageFile("turned8-lossless.webp", "turned8.jpg -define webp:lossless=true"),
		imageFile("turned3-alpha.webp", "turned3.jpg -alpha set -channel A -evaluate set 50%"),
		imageFile("described.webp", "described.jpg"),
		imageFile("converted6.png", "turned6.jpg"),
	}, script: func(files []file) string { return magickScript("", files) }}
}

// magickScript runs ImageMagick once for all files.
func magickScript(source string, files []file) string {
	var b strings.Builder
	b.WriteString(magick + "-respect-parentheses quarters.png")
	for _, f := range files {
		args := strings.NewReplacer("(", `\(`, ")", `\)`, "!", `\!`).Replace(f.args)
		b.WriteString(" \\\n\\( " + source + " " + args + " -write " + f.name + " -delete 0--1 \\)")
	}
	b.WriteString(" null:")
	return b.String()
}

// exifTool changes files of ImageMagick, all in one process.
func exifTool() tool {
	exif := func(name, args string, turn int) file {
		f := imageFile(name, args)
		if turn > 1 {
			f = f.turned(turn)
		}
		return f
	}
	return tool{by: "ExifTool", programs: "exiftool", files: []file{
		exif("turned1.jpg", "-Orientation=1 baseline.jpg", 1),
		exif("turned2.jpg", "-Orientation=2 baseline.jpg", 2),
		exif("turned3.jpg", "-Orientation=3 baseline.jpg", 3),
		exif("turned4.jpg", "-Orientation=4 baseline.jpg", 4),
		exif("turned5.jpg", "-Orientation=5 baseline.jpg", 5),
		exif("turned6.jpg", "-Orientation=6 baseline.jpg", 6),
		exif("turned7.jpg", "-Orientation=7 baseline.jpg", 7),
		exif("turned8.jpg", "-Orientation=8 baseline.jpg", 8),
		exif("turned6-progressive.jpg", "-Orientation=6 progressive.jpg", 6),
		exif("turned8-gray.jpg", "-Orientation=8 gray.jpg", 8),
		exif("turned6-cmyk.jpg", "-Orientation=6 cmyk.jpg", 6),
		exif("turned3-described.jpg", "-Orientation=3 -XMP-dc:Description="+strings.Repeat("caption", 3000)+" 420.jpg", 3),
		exif("turned6.png", "-Orientation=6 rgb.png", 6),
		exif("turned3.png", "-Orientation=3 palette16.png", 3),
		exif("turned8-interlaced.png", "-Orientation=8 interlaced.png", 8),
		exif("turned5-described.png", "-Orientation=5 -XMP-dc:Description="+strings.Repeat("caption", 3000)+" rgba.png", 5),
		exif("described.jpg", "-XMP-dc:Description="+strings.Repeat("caption", 8000)+" baseline.jpg", 1),
		exif("press.jpg", "-IPTC:Headline=headline -IPTC:Caption-Abstract=caption baseline.jpg", 1),
		exif("located.jpg", "-GPSLatitude=52 -GPSLatitudeRef=N -GPSLongitude=13 -GPSLongitudeRef=E baseline.jpg", 1),
		exif("described.gif", "-XMP-dc:Description=caption still.gif", 1),
		exif("described.png", "-XMP-dc:Description=caption rgb.png", 1),
	}, script: exifScript}
}

// exifScript runs ExifTool once for all files. The last argument of each is the file
// that it changes.
func exifScript(files []file) string {
	var b strings.Builder
	b.WriteString("exiftool -@ - <<'END'\n")
	for _, f := range files {
		b.WriteString("-q\n-n\n" + strings.ReplaceAll(f.args, " ", "\n") + "\n-o\n" + f.name + "\n-execute\n")
	}
	b.WriteString("END")
	return b.String()
}

// avifenc writes one file in each process.
func avifenc() tool {
	return tool{by: "avifenc", programs: "avifenc", files: []file{
		imageFile("still.avif", "quarters.png"),
		imageFile("lossless.avif", "-l quarters.png"),
		imageFile("10-bit.avif", "-d 10 quarters.png"),
		imageFile("420.avif", "-y 420 quarters.png"),
		imageFile("gray.avif", "-y 400 quarters.png"),
		imageFile("alpha.avif", "half-transparent.png"),
		imageFile("rotated.avif", "--irot 3 quarters.png").turned(6),
		imageFile("mirrored.avif", "--imir 1 quarters.png").turned(2),
		imageFile("grid.avif", "-g 2x1 quarters.png"),
		imageFile("sequence.avif", "quarters.png quarters.png"),
	}, script: func(files []file) string {
		var b strings.Builder
		for _, f := range files {
			b.WriteString("avifenc -s 10 " + f.args + " " + f.name + " >/dev/null\n")
		}
		return b.String()
	}}
}
