package webhook_test

import (
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/webhook"
)

func TestNewIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := webhook.New(webhook.Config{}); err == nil {
		t.Error("hooks without a library")
	}
	cfg := assetstest.Config()
	cfg.SigningKeys = nil
	lib, err := assets.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := webhook.New(webhook.Config{Library: lib}); assets.Code(err) != "not_configured" {
		t.Errorf("without signing keys: %v", err)
	}
}
