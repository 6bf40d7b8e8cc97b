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
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: 500, Body: `{"code":500,"message":"SECRET upstream"}`, Times: 4})
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502, Body: "<html>SECRET</html>", Times: 30})
		b := h.open(t, "/events")
		time.Sleep(50 * time.Second)

		states := b.states()
		assert.Equal(t, "This takes longer than usual. Still trying.", states[1].Text)
		assert.Equal(t, "waiting", states[1].Kind)
		last := b.latest()
		assert.Equal(t, "code", last.Kind, "a failing poll takes no code back")
		assert.Equal(t, "You can scan it. Connecting may take longer than usual.", last.Text)
		assert.NotContains(t, b.text(), "SECRET")
		b.close()
	})
}

// Pair does not report that requests succeed again, so the words stay until its next event and go without a comment.
func TestSlow_endsWithTheNextCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		require.Equal(t, "code", tab.latest().Kind)
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502})
		time.Sleep(10 * time.Second)
		assert.Equal(t, "You can scan it. Connecting may take longer than usual.", tab.latest().Text)

		before := len(tab.states())
		h.ExpireQR(h.id)
		time.Sleep(10 * time.Second)

		for _, state := range tab.states()[before:] {
			assert.NotContains(t, state.Text, "longer")
		}
		assert.Equal(t, "Scan this new code", tab.latest().Title)
		assert.Equal(t, "It is replaced when it expires.", tab.latest().Text)
		tab.close()
	})
}

func TestSlow_endsWithAStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		before := len(tab.states())
		h.Inject(whatspietest.Fault{Path: "/devices/1", Status: 502})
		h.Inject(whatspietest.Fault{Path: "/devices/1", Body: `{"status":200,"message":"OK","data":{"id":1,"paired_status":"LINKING"}}`})
		time.Sleep(12 * time.Second)

		var texts []string
		for _, state := range tab.states()[before:] {
			texts = append(texts, state.Text)
		}
		assert.Equal(t, []string{"You can scan it. Connecting may take longer than usual.", "It is replaced when it expires."}, texts)
		tab.close()
	})
}
