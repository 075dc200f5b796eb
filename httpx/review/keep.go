package review

import (
	"crypto/sha256"
	"fmt"

	"github.com/10ex/assets"
)

// keepKey returns a key under which a browser keeps what the person types. It has a digest of
// who that is, as others may use the same tab later.
func (v *visit) keepKey(of string) string {
	person := sha256.Sum256([]byte(v.by.Workspace + "\x00" + v.by.Subject))
	return fmt.Sprintf("%x %s", person[:8], of)
}

// keepKeys returns the keys for what the person types about an asset to be recorded with an
// action: of what is typed, and of the newest that was recorded, if any. The key is another one
// behind each, so that a page that is loaded again forgets nothing but what is recorded.
func (v *visit) keepKeys(a *assets.Asset, action assets.Action) (typed, recorded string) {
	of := fmt.Sprintf("%s %s ", a.ID, action)
	typed = v.keepKey(of + "0")
	for _, r := range a.Reviews {
		if r.Action == action && v.isOwn(r) {
			typed, recorded = v.keepKey(of+fmt.Sprint(r.Revision)), typed
		}
	}
	return typed, recorded
}
