package sniff

const heif = "image/heif"

// typeOfBrand returns the media type of a file with the given major brand
// (https://mp4ra.org/registered-types/brands). Of HEIF, the general brands are
// image/heif. A brand that is not known is one of video/mp4.
func typeOfBrand(brand string) string {
	switch brand {
	case "qt  ", "mqt ", "moov":
		return quickTime
	case "avif", "avis":
		return avif
	case "heic", "heix", "heim", "heis":
		return "image/heic"
	case "hevc", "hevx", "hevm", "hevs":
		return "image/heic-sequence"
	case "mif1", "mif2", "miaf", "MiAC", "MiAn", "MiBu", "MiCm", "MiHA", "MiHB", "MiHE", "MiPr", "MA1A", "MA1B", "1pic",
		"avci", "avic", "jpeg", "j2ki", "vvic", "evbi", "crx ":
		return heif
	case "msf1", "avcs", "jpgs", "j2is", "vvis", "evbs":
		return "image/heif-sequence"
	case "jp2 ", "jpx ", "jpm ", "jph ":
		return "image/jp2"
	case "mj2s", "mjp2":
		return "video/mj2"
	case "M4A ":
		return "audio/x-m4a"
	case "M4B ", "M4P ", "F4A ", "F4B ", "NDAS":
		return "audio/mp4"
	case "M4V ", "M4VH", "M4VP":
		return "video/x-m4v"
	case "3gp1", "3gp2", "3gp3", "3gp4", "3gp5", "3gp6", "3gp7", "3gp8", "3gp9", "3gs6", "3gs7", "3gs9", "3ge6", "3ge7", "3ge9", "3gg6", "3gg9",
		"3gf9", "3gh9", "3gm9", "3gr6", "3gr9", "3gt8", "3gt9", "3gmA", "3gtv", "3gvr", "3vra", "3vrb", "3vrm":
		return "video/3gpp"
	case "3g2a", "3g2b", "3g2c", "3g24", "3g25", "3g26", "KDDI":
		return "video/3gpp2"
	}
	return mp4
}

// isBaseBrand reports whether files of the brand are MP4 files whatever else they are.
func isBaseBrand(brand string) bool {
	switch brand {
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "isoa", "isob", "isoc", "mp41", "mp42", "avc1":
		return true
	}
	return false
}
