package chromium

// Visit is a page to open.
type Visit struct {
	URL    string `json:"url"`
	Cookie string `json:"cookie,omitempty"` // the value of the cookie "session" for the host of the URL
	Dark   bool   `json:"dark,omitempty"`   // the color scheme
	Phone  bool   `json:"phone,omitempty"`  // the size of the window
	Settle bool   `json:"settle,omitempty"` // wait until nothing has been requested for half a second
	Click  string `json:"click,omitempty"`  // selects the elements to click
	Leaves bool   `json:"leaves,omitempty"` // the click leads to another origin
	Plays  bool   `json:"plays,omitempty"`  // play the video that is the page
	Shot   string `json:"shot,omitempty"`   // the file for a screenshot of the whole page

	// Pictures, Films and Frames are paths on the origin of the URL, which the page
	// loads. Frames are pages.
	Pictures []string `json:"pictures,omitempty"`
	Films    []string `json:"films,omitempty"`
	Frames   []string `json:"frames,omitempty"`
}

// Page is what was seen of a page.
type Page struct {
	Error    string   `json:"error"`
	Status   int      `json:"status"`
	Type     string   `json:"type"`
	URL      string   `json:"url"` // at the end
	Text     string   `json:"text"`
	Dialogs  int      `json:"dialogs"`
	Popups   int      `json:"popups"`
	Download bool     `json:"download"`
	Requests []string `json:"requests"` // the URLs, except for that of the page
	Overflow int      `json:"overflow"` // pixels by which the page is wider than the window
	Contrast float64  `json:"contrast"` // the least of a text with what is behind it, as WCAG 2 defines it

	Directions []string `json:"directions"` // of the blocks of a text that follow their text

	Video    *Image   `json:"video"` // what was played
	Pictures []Image  `json:"pictures"`
	Films    []Image  `json:"films"`
	Frames   []string `json:"frames"` // the texts
}

// Image is a picture or a film. It has no size if the browser does not show it.
type Image struct {
	Width   int      `json:"width"`
	Height  int      `json:"height"`
	Seconds float64  `json:"seconds"`
	Colors  [][4]int `json:"colors"` // in the middle of its quarters, row by row: red, green, blue, alpha
	Error   string   `json:"error"`
}
