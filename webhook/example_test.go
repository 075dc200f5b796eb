package webhook_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/webhook"
)

// An endpoint hears of an approval.
func Example() {
	approved := make(chan bool, 1)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		approved <- r.Header.Get("webhook-signature") != "" // which docs/webhooks.md verifies
	}))
	defer endpoint.Close()

	lib, err := assets.New(assetstest.Config())
	if err != nil {
		log.Print(err)
		return
	}
	hooks, err := webhook.New(webhook.Config{
		Library: lib,
		Allow:   []webhook.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}, // the endpoint is on this machine
	})
	if err != nil {
		log.Print(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = hooks.Run(ctx) })
	defer running.Wait()
	defer cancel()

	ann := assetstest.User("acme", "ann")
	if _, err := hooks.Create(ctx, ann, webhook.NewWebhook{URL: endpoint.URL, InForceChanged: true}); err != nil {
		log.Print(err)
		return
	}
	made, err := lib.Create(ctx, ann, assets.NewAsset{Type: assets.TypeCopy, Title: "Headline", NewVersion: assets.NewVersion{Text: "Spring is here.", Submit: true}})
	if err == nil {
		_, err = lib.Review(ctx, ann, made.ID, assets.Decision{Action: assets.ActionApprove, Version: 1})
	}
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println("approved, signed:", <-approved)
	// Output: approved, signed: true
}
