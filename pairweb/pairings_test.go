package pairweb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

func TestPairing_showsCodesUntilConnected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{Phone: "6281200000001"})
		h.delayCodes()
		time.AfterFunc(64*time.Second, func() { h.Scan(h.id) })

		b := h.open(t, "/events")
		<-b.done

		states := b.states()
		require.Equal(t, []string{"waiting", "code", "code", "connected"}, kinds(states))
		assert.NotEqual(t, states[1].Image, states[2].Image)
		assert.Equal(t, "Scan this code", states[1].Title)
		assert.Equal(t, "Scan this new code", states[2].Title)
		assert.Equal(t, "Connected", states[3].Title)
		assert.Equal(t, "+62 812-0000-0001", states[3].Text)
	})
}

func TestPairing_connectedWithoutNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})

		b := h.open(t, "/events")
		<-b.done

		assert.Equal(t, "connected", b.latest().Kind)
		assert.Empty(t, b.latest().Text)
	})
}

func TestPairing_isSharedByTabs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		first := h.open(t, "/events")
		code := first.latest()
		require.Equal(t, "code", code.Kind)

		time.Sleep(10 * time.Second)
		late := h.open(t, "/events")

		got := late.states()
		require.Equal(t, []string{"code"}, kinds(got), "a late tab starts with the current state")
		assert.Equal(t, code.Image, got[0].Image)

		time.Sleep(20 * time.Second)
		first.close()
		h.Scan(h.id)
		<-late.done
		assert.Equal(t, "connected", late.latest().Kind, "the pairing continues without its first tab")
		assert.LessOrEqual(t, h.count("/devices/1/qr"), 7, "both tabs share a request every 5 s")
		assert.LessOrEqual(t, h.count("/devices/1"), 11, "both tabs share a poll every 3 s")
	})
}

// A page that is opened within 5 seconds after a failure shows it, and does not extend that time.
func TestPairing_failureIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{PairedStatus: whatspie.PairedStatusSuspended})
		first := h.open(t, "/events")
		<-first.done
		h.Disconnect(h.id)
		for _, want := range []string{"failed", "failed", "code"} {
			visit := h.open(t, "/events")
			assert.Equal(t, want, visit.latest().Kind)
			visit.close()
			time.Sleep(linger/2 + time.Millisecond)
		}
	})
}

// The phone may have disconnected since, and a connected page has no button to try again.
func TestPairing_reloadRechecksConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		first := h.open(t, "/events")
		h.Scan(h.id)
		<-first.done
		require.Equal(t, "connected", first.latest().Kind)

		same := h.open(t, "/events")
		<-same.done
		assert.Equal(t, "connected", same.latest().Kind)

		h.Disconnect(h.id)
		reloaded := h.open(t, "/events")
		assert.Equal(t, "code", reloaded.latest().Kind)
		reloaded.close()
	})
}

func TestPairing_connectionAfterReloadIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		h.open(t, "/events").close()
		synctest.Wait()
		reloaded := h.open(t, "/events")
		h.Scan(h.id)
		<-reloaded.done
		reloaded.close()
		h.Disconnect(h.id)
		time.Sleep(2 * linger)
		later := h.open(t, "/events")
		assert.Equal(t, "code", later.latest().Kind)
		later.close()
	})
}

func TestPairing_isNotSharedByDevices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		other := h
		other.id = h.AddDevice(whatspie.Device{})
		other.handler = pairweb.NewHandler(h.Client(), allow(other.id))
		t.Cleanup(other.handler.Close)

		a, b := h.open(t, "/events"), other.open(t, "/events")

		assert.NotEqual(t, a.latest().Image, b.latest().Image)
		a.close()
		b.close()
	})
}

func TestPairing_endsAfterLastTab(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		a, b := h.open(t, "/events"), h.open(t, "/events")
		time.Sleep(10 * time.Second)

		a.close()
		time.Sleep(2 * linger)
		before := len(h.Requests())
		time.Sleep(9 * time.Second)
		assert.Greater(t, len(h.Requests()), before, "one tab is still open")

		b.close()
		time.Sleep(linger + time.Millisecond)
		before = len(h.Requests())
		time.Sleep(time.Hour)
		assert.Len(t, h.Requests(), before)
	})
}

func TestPairing_survivesReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		b := h.open(t, "/events")
		code := b.latest()

		b.close()
		time.Sleep(linger - time.Millisecond)
		again := h.open(t, "/events")

		assert.Equal(t, code.Image, again.latest().Image)
		assert.Equal(t, code.Pairing, again.latest().Pairing)
		time.Sleep(3 * linger)
		assert.False(t, again.ended(), "the timer of the first tab was stopped")
		assert.LessOrEqual(t, h.count("/devices/1/qr"), 4, "a request every 5 s")

		again.close()
		time.Sleep(linger + time.Millisecond)
		third := h.open(t, "/events")
		assert.Greater(t, third.latest().Pairing, code.Pairing, "a new pairing has started")
		third.close()
	})
}

func TestPairing_startsOverOnDemand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{}, pairweb.WithPairOptions(whatspie.WithMaxQRCodes(1)))
		a, b := h.open(t, "/events"), h.open(t, "/events")
		<-a.done
		<-b.done
		end := a.latest()
		assert.Equal(t, "failed", end.Kind)
		assert.Equal(t, "No phone was connected in time", end.Title)
		assert.Equal(t, end, b.latest())

		lost := h.open(t, "/events")
		<-lost.done
		assert.Equal(t, end, lost.latest(), "a tab that reconnects does not start a pairing")

		again := h.open(t, "/events?after=1")
		fresh := again.latest()
		assert.Equal(t, "code", fresh.Kind)
		assert.Equal(t, int64(2), fresh.Pairing)
		too := h.open(t, "/events?after=1")
		assert.Equal(t, fresh.Image, too.latest().Image, "the button of the other tab joins the new pairing")

		time.Sleep(2 * linger)
		assert.False(t, again.ended(), "the timer of the previous pairing does not end this one")
		h.Scan(h.id)
		<-again.done
		<-too.done
		assert.Equal(t, "connected", too.latest().Kind)
	})
}
