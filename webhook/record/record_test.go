package record_test

import (
	"testing"

	"github.com/10ex/assets/webhook/record"
)

func TestLane(t *testing.T) {
	t.Parallel()
	about := record.Delivery{ID: "d1", AssetID: "a1"}
	if lane := about.Lane(); lane != "a1" {
		t.Errorf("the lane of a delivery about an asset is %q", lane)
	}
	test := record.Delivery{ID: "d1"}
	if lane := test.Lane(); lane != "d1" {
		t.Errorf("the lane of a test is %q", lane)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	d := record.Delivery{
		ID: "d1", State: record.StateFailed, Attempts: 7, Tries: 5, Since: 10, DueAt: 20, LastAt: 30,
		Status: 500, Problem: "status 500", Lease: "x",
	}
	d.Restart(40)
	want := record.Delivery{ID: "d1", State: record.StatePending, Attempts: 7, DueAt: 40, LastAt: 30, Status: 500}
	if d.Lease != "" || d.State != want.State || d.Attempts != want.Attempts || d.Tries != 0 || d.Since != 0 || d.DueAt != 40 || d.Problem != "" {
		t.Errorf("restarted: %+v, want %+v", d, want)
	}
}
