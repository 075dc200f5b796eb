package review

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// news is what a script asks for while a page is open.
type news struct {
	Say  string `json:"say,omitempty"`  // what is new, in words; empty: nothing
	Stop bool   `json:"stop,omitempty"` // what is on the screen cannot be decided about any more

	Revision int64 `json:"revision,omitempty"` // of the asset, to ask with from then on
}

// events tells what is new about the page that a script names: an asset with version
// and revision, or a filter with the number of what waits and the time of the page. A
// script that reads server-sent events is told of what happens to the asset, or in the
// workspace, instead.
func (v *visit) events() error {
	query := v.r.URL.Query()
	if strings.Contains(v.r.Header.Get("Accept"), "text/event-stream") {
		return v.streamEvents(query)
	}
	var found news
	var err error
	if id := query.Get("asset"); id != "" {
		found, err = v.newsOf(assets.ID(id), query.Get("version"), query.Get("revision"))
	} else {
		found, err = v.newsOfQueue(filterOf(query), query)
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(v.w).Encode(found)
}

func (v *visit) newsOf(id assets.ID, version, revision string) (news, error) {
	page, err := v.lib.List(v.r.Context(), v.by, assets.Query{IDs: []assets.ID{id}})
	if err != nil {
		return news{}, err
	}
	if len(page.Items) == 0 {
		return news{Say: v.lang.plain("news.deleted"), Stop: true}, nil
	}
	a := page.Items[0]
	shown, _ := strconv.Atoi(version)
	switch {
	case a.CurrentVersion > assets.Number(shown):
		return news{Say: v.lang.plain("news.version", "version", a.CurrentVersion), Stop: true}, nil
	case strconv.FormatInt(a.Revision, 10) != revision:
		return news{Say: v.lang.plain("news.changed"), Revision: a.Revision}, nil
	}
	return news{}, nil
}

// newsOfQueue returns how much more waits than did. If that is not known, as beyond MaxPlace, or
// is nothing because others were decided, it returns that something was submitted since.
func (v *visit) newsOfQueue(f filter, query url.Values) (news, error) {
	q, err := f.query()
	if err != nil || !f.waiting() {
		return news{}, err
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), maxCounting)
	defer cancel()
	if before, wrong := strconv.Atoi(query.Get("waiting")); wrong == nil {
		p, err := v.lib.Place(ctx, v.by, q, nil)
		if err != nil && !isUncounted(v.r.Context(), err) {
			return news{}, err
		}
		if more := p.Of - before; more > 0 {
			return news{Say: v.lang.plain("news.waiting", "n", more)}, nil
		}
	}
	since, wrong := strconv.ParseInt(query.Get("since"), 10, 64)
	if wrong != nil {
		return news{}, nil
	}
	q.Ascending, q.Limit = false, 1
	newest, err := v.lib.List(ctx, v.by, q)
	if isUncounted(v.r.Context(), err) {
		return news{}, nil
	}
	if err == nil && len(newest.Items) > 0 && newest.Items[0].Submitted.At > assets.Time(since) {
		return news{Say: v.lang.plain("news.submitted")}, nil
	}
	return news{}, err
}

// streamEvents sends the events that the REST routes stream, from now on or after the
// last one that the script has had. The script then asks what they mean for its page.
func (v *visit) streamEvents(query url.Values) error {
	selected := url.Values{"after": {assets.AfterNow}}
	for to, from := range map[string]string{"asset_id": "asset", "campaign_id": "campaign_id"} {
		if value := query.Get(from); value != "" {
			selected.Set(to, value)
		}
	}
	v.forward(v.w, v.lib.BasePath()+"/events/stream", selected)
	return nil
}
