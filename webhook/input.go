package webhook

import (
	"errors"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/10ex/assets"
)

// Limits of the input.
const (
	MaxURL         = 2048 // bytes
	MaxDescription = 300  // characters
)

// NewWebhook describes a webhook to create.
type NewWebhook struct {
	URL            string             `json:"url"`
	Types          []assets.EventType `json:"types,omitempty"`
	InForceChanged bool               `json:"in_force_changed,omitempty"`
	CampaignID     assets.Optional    `json:"campaign_id,omitempty"`
	Description    string             `json:"description,omitempty" blank:"ok"`
}

// Edit changes what is not nil.
type Edit struct {
	URL            *string
	Types          *[]assets.EventType // nil within: all types
	InForceChanged *bool
	CampaignID     *assets.Optional // empty: every campaign
	Description    *string
	Paused         *bool
}

// EventTypes returns the types of event that a webhook can be told of: those about
// assets.
func EventTypes() []assets.EventType {
	return slices.DeleteFunc(assets.EventTypes(), func(t assets.EventType) bool { return t == assets.EventPurged })
}

// Validate returns all problems as joined FieldErrors, except what depends on the
// configuration of the [Hooks].
func (in *NewWebhook) Validate() error {
	url := checkURL(in.URL)
	if in.URL == "" {
		url = assets.Invalid(assets.TypeMissing, "is required", "url")
	}
	return errors.Join(url, checkTypes(in.Types), checkCampaign(in.CampaignID), checkDescription(in.Description))
}

// Validate returns all problems as joined FieldErrors, except what depends on the
// configuration of the [Hooks].
func (e *Edit) Validate() error {
	var errs []error
	if e.URL != nil {
		errs = append(errs, checkURL(*e.URL))
	}
	if e.Types != nil {
		errs = append(errs, checkTypes(*e.Types))
	}
	if e.CampaignID != nil {
		errs = append(errs, checkCampaign(*e.CampaignID))
	}
	if e.Description != nil {
		errs = append(errs, checkDescription(*e.Description))
	}
	return errors.Join(errs...)
}

func checkURL(text string) error {
	if err := checkText(text, MaxURL, "url"); err != nil {
		return err
	}
	if text == "" {
		return assets.Invalid(assets.TypeTooShort, "must not be empty", "url")
	}
	if _, _, wrong := parseURL(text); wrong != "" {
		return assets.Invalid(assets.TypeMalformed, wrong, "url")
	}
	return nil
}

func checkText(text string, limit int, name string) error {
	switch {
	case len(text) > limit:
		return assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must be at most %d bytes", limit), name)
	case !utf8.ValidString(text) || slices.ContainsFunc([]rune(text), unicode.IsControl):
		return assets.Invalid(assets.TypeMalformed, "must be UTF-8 without control characters", name)
	}
	return nil
}

func checkDescription(text string) error {
	if n := utf8.RuneCountInString(text); n > MaxDescription {
		return assets.Invalid(assets.TypeTooLong, fmt.Sprintf("must be at most %d characters", MaxDescription), "description")
	}
	return checkText(text, 4*MaxDescription, "description")
}

func checkCampaign(id assets.Optional) error {
	return checkText(string(id), assets.MaxHostID, "campaign_id")
}

// checkTypes checks the types to tell of. An empty list would tell of nothing, and must
// not be taken for all.
func checkTypes(types []assets.EventType) error {
	if types != nil && len(types) == 0 {
		return assets.Invalid(assets.TypeTooShort, "must name at least one", "types")
	}
	var errs []error
	for i, t := range types {
		switch {
		case !slices.Contains(EventTypes(), t):
			errs = append(errs, assets.Invalid(assets.TypeNotAllowed, fmt.Sprintf("must be one of %v", EventTypes()), "types", i))
		case slices.Contains(types[:i], t):
			errs = append(errs, assets.Invalid(assets.TypeDuplicate, "is given twice", "types", i))
		}
	}
	return errors.Join(errs...)
}

// checkAddress is the part of Validate that depends on the configuration.
func (h *Hooks) checkAddress(url string) error {
	if wrong := h.guard.checkURL(url); wrong != "" {
		return assets.Invalid(assets.TypeNotAllowed, wrong, "url")
	}
	return nil
}
