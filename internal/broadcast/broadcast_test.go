package broadcast

import "testing"

func TestSendWakesWhoWaited(t *testing.T) {
	t.Parallel()
	var b Broadcast
	b.Send() // nobody waits
	first, second := b.Next(), b.Next()
	select {
	case <-first:
		t.Fatal("woken before a change")
	default:
	}
	b.Send()
	<-first
	<-second
	select {
	case <-b.Next():
		t.Error("woken by a change of before")
	default:
	}
}
