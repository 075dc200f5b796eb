package corpus_test

import (
	"path"
	"strings"

	"github.com/10ex/assets"
)

// videoFile returns a film of one second whose extension is that of its media type.
func videoFile(name, args string) file {
	f := file{name: name, typ: assets.TypeVideo, args: "-map 0:v " + args, shown: inline, size: upright, seconds: 1}
	switch path.Ext(name) {
	case ".mp4", ".m4v", ".f4v", ".3gp", ".3g2", ".ismv":
		f.media = mp4
	case ".webm":
		f.media = "video/webm"
	case ".mov":
		f.media, f.shown, f.size = quickTime, download, ""
	}
	return f
}

// unplayed returns a film with a codec that Chromium does not have.
func unplayed(f file) file {
	f.size, f.seconds = "", 0
	return f
}

// other returns a file that assets of a type refuse.
func other(name string, typ assets.Type, media, args string) file {
	return file{name: name, typ: typ, media: media, args: args}.refused()
}

// ffmpeg writes all its files in one process. Its second input is a sound.
func ffmpeg() tool {
	const fast, vp8, vp9, av1 = " -preset ultrafast -pix_fmt yuv420p ", " -c:v libvpx -deadline realtime ", " -c:v libvpx-vp9 -deadline realtime ", " -c:v libaom-av1 -cpu-used 8 "
	return tool{by: "ffmpeg", programs: "ffmpeg", files: []file{
		videoFile("plain.mp4", fast),
		videoFile("faststart.mp4", fast+"-movflags +faststart"),
		videoFile("fragments.mp4", fast+"-movflags frag_keyframe+empty_moov+default_base_moof -brand iso6"),
		videoFile("dash.mp4", fast+"-movflags +dash+frag_keyframe -brand dash"),
		videoFile("cmaf.mp4", fast+"-movflags +cmaf+frag_keyframe"),
		videoFile("isom.mp4", fast+"-brand isom"),
		videoFile("mp41.mp4", fast+"-brand mp41"),
		videoFile("mp42.mp4", fast+"-brand mp42"),
		videoFile("avc1.mp4", fast+"-brand avc1"),
		videoFile("iso5.mp4", fast+"-brand iso5"),
		videoFile("sound.mp4", fast+"-map 1:a -c:a aac"),
		videoFile("chapters.mp4", fast+"-metadata title=Spring -metadata comment=x"),
		videoFile("av1.mp4", av1),
		videoFile("vp9.mp4", vp9),
		videoFile("apple.m4v", fast+"-f ipod"),
		videoFile("flash.f4v", fast+"-f f4v"),
		videoFile("smooth.ismv", fast+"-f ismv"),
		videoFile("console.mp4", fast+"-map 1:a -f psp"),
		unplayed(videoFile("hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1")),
		unplayed(videoFile("mpeg4.mp4", "-c:v mpeg4")),
		unplayed(videoFile("telephone.3gp", "-c:v mpeg4 -s 176x144 -f 3gp")),
		unplayed(videoFile("telephone.3g2", "-c:v mpeg4 -s 176x144 -f 3g2")),

		videoFile("vp8.webm", vp8),
		videoFile("vp9.webm", vp9),
		videoFile("av1.webm", av1),
		videoFile("sound.webm", vp9+"-map 1:a -c:a libopus"),
		videoFile("alpha.webm", vp8+"-pix_fmt yuva420p -auto-alt-ref 0"),
		videoFile("cues-first.webm", vp8+"-cues_to_front 1"),
		videoFile("dash.webm", vp9+"-dash 1"),
		videoFile("live.webm", vp8+"-live 1"),

		videoFile("h264.mov", fast),
		videoFile("faststart.mov", fast+"-movflags +faststart"),
		videoFile("prores.mov", "-c:v prores_ks"),
		videoFile("animation.mov", "-c:v qtrle"),
		videoFile("mjpeg.mov", "-c:v mjpeg"),

		imageFile("ffmpeg.png", "-map 0:v -frames:v 1"),
		imageFile("animated.apng", "-map 0:v -plays 0"),
		imageFile("ffmpeg.jpg", "-map 0:v -frames:v 1 -pix_fmt yuvj420p"),
		imageFile("ffmpeg.gif", "-map 0:v"),
		imageFile("animated.webp", "-map 0:v -c:v libwebp_anim -loop 0"),
		imageFile("ffmpeg.webp", "-map 0:v -frames:v 1 -c:v libwebp"),
		imageFile("ffmpeg.avif", "-map 0:v -frames:v 1 -still-picture 1"+av1),

		other("film.mkv", assets.TypeVideo, "video/matroska", "-map 0:v"+fast),
		other("film.avi", assets.TypeVideo, "video/x-msvideo", "-map 0:v"),
		other("film.flv", assets.TypeVideo, "video/x-flv", "-map 0:v"),
		other("film.mpg", assets.TypeVideo, "video/mpeg", "-map 0:v -r 25"),
		other("film.wmv", assets.TypeVideo, "video/x-ms-asf", "-map 0:v"),
		other("film.ogv", assets.TypeVideo, "video/ogg", "-map 0:v"),
		other("song.m4a", assets.TypeVideo, "audio/x-m4a", "-map 1:a"),
		other("song.mp3", assets.TypeVideo, "audio/mpeg", "-map 1:a"),
		bundle("song.wav", "audio/wav", "-map 1:a"),
		bundle("song.flac", "audio/flac", "-map 1:a"),
	}, script: func(files []file) string {
		var b strings.Builder
		b.WriteString("ffmpeg -v error -i film.y4m -f lavfi -i sine=duration=1")
		for _, f := range files {
			b.WriteString(" \\\n" + f.args + " " + f.name)
		}
		return b.String()
	}}
}

// exifToolLater changes files of ffmpeg and Python.
func exifToolLater() tool {
	rotated := func(name, args string, turn int) file {
		f := videoFile(name, "").turned(turn)
		f.args = args
		return f
	}
	return tool{by: "ExifTool", programs: "exiftool", files: []file{
		rotated("rotated90.mp4", "-Rotation=90 plain.mp4", 6),
		rotated("rotated270.mp4", "-Rotation=270 faststart.mp4", 8),
		rotated("rotated180.mp4", "-Rotation=180 sound.mp4", 3),
		rotated("described.mp4", "-XMP-dc:Description=caption plain.mp4", 1),
		{name: "described.pdf", typ: assets.TypeSlide, media: pdf, args: "-Title=Spring minimal.pdf", shown: inline},
	}, script: exifScript}
}
