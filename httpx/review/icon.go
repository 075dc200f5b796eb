package review

import (
	"html/template"
	"strings"
)

// icons are the shapes of the signs, within 16 by 16. Those that point forwards or
// backwards are mirrored for languages that are written from right to left.
var icons = map[string]string{
	"more":     `<circle cx="3.5" cy="8" r=".6"/><circle cx="8" cy="8" r=".6"/><circle cx="12.5" cy="8" r=".6"/>`,
	"search":   `<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5L14 14"/>`,
	"dashed":   `<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 2.2"/>`,
	"approved": `<circle cx="8" cy="8" r="6"/><path d="M5.3 8.2l1.9 1.9 3.5-3.8"/>`,
	"clock":    `<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>`,
	"info":     `<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.5M8 5.2v.1"/>`,
	"eye":      `<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>`,
	"cards":    `<path d="M2 2.5h5v5H2zM9 2.5h5v5H9zM2 9.5h5v4H2zM9 9.5h5v4H9z"/>`,
	"box":      `<path d="M2 3h12v3H2zM3 6v7h10V6M6.5 9h3"/>`,
	"list":     `<path d="M2 4h12M2 8h12M2 12h12"/>`,
	"filter":   `<path d="M2 4h12M4.5 8h7M6.5 12h3"/>`,
	"inbox":    `<path d="M2 9l2-6h8l2 6v4H2zM2 9h3.5l1 2h3l1-2H14"/>`,
	"copy":     `<path d="M3 3.5h10M3 6.5h10M3 9.5h10M3 12.5h6"/>`,
	"check":    `<path d="M3 8.5l3.2 3.2L13 5"/>`,
	"blog":     `<path d="M3.5 2h6l3 3v9h-9zM9.5 2v3h3M5.5 8h5M5.5 10.5h5"/>`,
	"down":     `<path d="M3.5 6L8 10.5 12.5 6"/>`,
	"cross":    `<path d="M4 4l8 8M12 4l-8 8"/>`,
	"back":     `<path d="M6 3L2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 010 7H7"/>`,
	"link":     `<path d="M6.5 9.5l3-3M7 4.5l1-1a3 3 0 014.3 4.3l-1 1M9 11.5l-1 1a3 3 0 01-4.3-4.3l1-1"/>`,
	"bundle":   `<path d="M8 1.8l5.8 3v6.4L8 14.2l-5.8-3V4.8zM2.2 4.8L8 7.9l5.8-3.1M8 7.9v6.3"/>`,
	"download": `<path d="M8 2.5V10M5 7.2l3 3 3-3M3 13.5h10"/>`,
	"warning":  `<path d="M8 2L1.5 13.5h13zM8 6.5v3.2M8 11.6v.2"/>`,
	"keys":     `<rect x="1.5" y="4" width="13" height="8.5" rx="1.5"/><path d="M4 7h.1M6.7 7h.1M9.4 7h.1M12 7h.1M5 10h6"/>`,
	"image":    `<rect x="2" y="3" width="12" height="10" rx="1"/><circle cx="5.5" cy="6.3" r="1.2"/><path d="M2.5 12l4-3.8 2.5 2.3 2-1.7 3 2.7"/>`,
	"slide":    `<rect x="2" y="3" width="12" height="8" rx="1"/><path d="M8 11v3M5.5 14h5"/>`,
	"video":    `<rect x="2" y="3.5" width="12" height="9" rx="1.5"/><path d="M6.8 6.2v3.6L9.8 8z"/>`,
	"agent":    `<rect x="3" y="5" width="10" height="8" rx="2"/><path d="M8 5V2.5M6 8.5v1M10 8.5v1"/>`,
	"lock":     `<rect x="3" y="7" width="10" height="6.5" rx="1.2"/><path d="M5.2 7V5a2.8 2.8 0 015.6 0v2"/>`,
	"previous": `<path d="M10 3L5 8l5 5"/>`,
	"next":     `<path d="M6 3l5 5-5 5"/>`,
	"then":     `<path d="M2.5 8h11M9.5 4l4 4-4 4"/>`,
	"play":     `<path d="M5 3.5v9l7-4.5z"/>`,
}

// icon returns a sign, which screen readers leave out. Words after its name are
// further classes.
func icon(words string) template.HTML {
	name, classes, _ := strings.Cut(words, " ")
	switch name {
	case "back", "previous", "next", "then", "play":
		classes = strings.TrimSpace("flip " + classes)
	}
	if classes != "" {
		classes = " " + classes
	}
	return template.HTML(`<svg class="i` + classes + `" viewBox="0 0 16 16" aria-hidden="true">` + icons[name] + `</svg>`) //nolint:gosec // constants
}
