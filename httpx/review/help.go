package review

import "net/http"

// helpPage is the data of the page that explains the words and the keys.
type helpPage struct{ frame }

func (v *visit) help() error {
	return v.render(http.StatusOK, "help", helpPage{v.frame(v.lang.plain("help.title"))})
}
