package races_test

import (
	"fmt"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/testing/backends"
	"github.com/10ex/assets/internal/testing/fixture"
)

// TestCallsAboutOneVersionReadFewRows: calls that concern one version read it and its
// asset, and none of the other versions and of the reviews, however many there are.
func TestCallsAboutOneVersionReadFewRows(t *testing.T) {
	backends.Each(t, func(t *testing.T, cfg assets.Config) {
		st := &countingStore{Store: cfg.Store}
		cfg.Store = st
		cfg.ReviewLinkURL = func(token string) string { return "https://example.com/" + token }
		l := &longHistory{T: t, lib: backends.Library(t, cfg), store: st}
		l.id = fixture.Draft(t, l.lib, false).ID
		l.add(50)
		for n := range 20 {
			l.check("a further version", 4, func() error { return fixture.AddVersion(t, l.lib, l.id, fmt.Sprint("text ", n)) })
		}
		l.check("a version", 3, func() error {
			_, err := l.lib.Version(t.Context(), fixture.User("ann"), l.id, 1)
			return err
		})
		l.check("a preview link", 3, func() error {
			_, err := l.lib.PreviewURL(t.Context(), fixture.User("ann"), l.id, assets.PreviewOptions{Version: 1})
			return err
		})
		l.check("a comment", 2, func() error {
			_, err := l.lib.Comment(t.Context(), fixture.User("ann"), l.id, assets.NewComment{Version: 1, Text: "good"})
			return err
		})
		l.check("a review link", 2, func() error {
			_, err := l.lib.CreateReviewLink(t.Context(), fixture.User("ann"), l.id, assets.NewReviewLink{Name: "Eve"})
			return err
		})
	})
}
