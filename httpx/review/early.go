package review

import (
	"html/template"
	"strconv"
	"time"
)

// madeField is the field of a form that decides with the time at which its page was made, in
// milliseconds.
const madeField = "made"

// doubleClick is the time after a page was made within which a click on it may be the second
// one of a double click, of which the first one led to the page. The script knows it too.
const doubleClick = 700 * time.Millisecond

// made returns the value of madeField for a page that is made now. It is the time of the
// process, as Config.Now may stand still in a host's tests.
func made() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

// isEarly reports whether the posted form came so soon after its page that nobody can have
// looked at it. The time is not signed: those who change it or leave it out decide for
// themselves. The script leaves it out if the button was pressed by key, which takes two keys
// on the same page. The clocks of two servers may differ by as much as the time.
func (v *visit) isEarly() bool {
	at, err := strconv.ParseInt(v.r.PostForm.Get(madeField), 10, 64)
	return err == nil && v.arrived.Sub(time.UnixMilli(at)).Abs() < doubleClick
}

// early says that a form came too soon, in front of a text.
func (l *language) early(text template.HTML) template.HTML { return l.text("early") + " " + text }
