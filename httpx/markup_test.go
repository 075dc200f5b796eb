package httpx_test

import (
	"strings"
	"testing"

	"github.com/10ex/assets/internal/testing/resttest"
)

func TestHostileMarkdownIsShownAsTextPRV05(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat(">", 100<<10), strings.Repeat("[a](", 25<<10), strings.Repeat("*a **b ", 10<<10), strings.Repeat("- ", 50<<10), strings.Repeat(" ", 1000) + "- a",
	} {
		srv := resttest.New(t)
		srv.Upload("blog", "text/markdown", "x.md", []byte(text))
		rec := srv.Send(call{Method: "GET", Path: srv.PreviewPath("")}) // would take minutes if it were parsed
		want{Status: 200, Body: []string{"<pre>" + strings.ReplaceAll(text[:10], ">", "&gt;")}}.Check(t, srv, rec)
	}
}
