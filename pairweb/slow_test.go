package pairweb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestSlow_whileRequestsFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		body := `{"code":500,"message":"SECRET upstream"}`
		const delay = 100 * time.Millisecond // the tab connects first
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: 500, Body: body, Times: 4, Delay: delay})
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502, Body: "<html>SECRET</html>", Times: 30})
		b := h.open(t, "/events")
		time.Sleep(50 * time.Second)

		states := b.states()
		assert.Equal(t, "This is taking longer than usual. Still trying…", states[1].Text)
		assert.Equal(t, "waiting", states[1].Kind)
		last := b.latest()
		assert.Equal(t, "code", last.Kind, "a failed poll does not withdraw the code")
		assert.Equal(t, "You can still scan it. Connecting may take longer than usual.", last.Text)
		assert.NotContains(t, b.text(), "SECRET")
		b.close()
	})
}

// Pair does not report that requests succeed again, so the text stays until the next code.
func TestSlow_endsWithNextCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		require.Equal(t, "code", tab.latest().Kind)
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502})
		time.Sleep(10 * time.Second)
		assert.Equal(t, "You can still scan it. Connecting may take longer than usual.", tab.latest().Text)

		before := len(tab.states())
		h.ExpireQR(h.id)
		time.Sleep(10 * time.Second)

		for _, state := range tab.states()[before:] {
			assert.NotContains(t, state.Text, "longer")
		}
		assert.Equal(t, "Scan this new code", tab.latest().Title)
		assert.Equal(t, "A new code appears when this one expires.", tab.latest().Text)
		tab.close()
	})
}

func TestSlow_endsWithStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		before := len(tab.states())
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502})
		body := `{"status":200,"message":"OK","data":{"id":1,"paired_status":"LINKING"}}`
		h.Inject(whatspietest.Fault{Path: "/devices/1", Body: body})
		time.Sleep(12 * time.Second)

		states := tab.states()[before:]
		texts := make([]string, 0, len(states))
		for _, state := range states {
			texts = append(texts, state.Text)
		}
		want := []string{
			"You can still scan it. Connecting may take longer than usual.",
			"A new code appears when this one expires.",
		}
		assert.Equal(t, want, texts)
		tab.close()
	})
}
