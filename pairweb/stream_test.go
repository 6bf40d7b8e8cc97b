package pairweb_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func TestStream_slowTabSkipsToLatestState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		h.delayCodes()
		slow, fast := h.open(t, "/events"), h.open(t, "/events")
		time.Sleep(time.Second)
		require.Equal(t, "code", slow.latest().Kind)
		before := len(slow.states())

		slow.gate <- struct{}{}
		time.AfterFunc(90*time.Second, func() { h.Scan(h.id) })
		<-fast.done
		assert.Equal(t, []string{"code", "code", "code", "connected"}, lastOf(kinds(fast.states()), 4))

		<-slow.gate
		<-slow.done
		missed := kinds(slow.states()[before:])
		assert.LessOrEqual(t, len(missed), 2, "the state that was being written, and the latest")
		assert.Equal(t, "connected", slow.latest().Kind)
	})
}

func lastOf(all []string, n int) []string { return all[max(0, len(all)-n):] }

func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		b := h.open(t, "/events")
		require.Equal(t, "code", b.latest().Kind)

		h.handler.Close()
		h.handler.Close()

		<-b.done
		assert.Equal(t, "code", b.latest().Kind, "closing is not shown as a failure")
		before := len(h.Requests())
		time.Sleep(time.Hour)
		assert.Len(t, h.Requests(), before)

		late := h.open(t, "/events")
		<-late.done
		assert.Equal(t, 503, late.status)
	})
}

func TestStream_pings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		b := h.open(t, "/events")
		time.Sleep(25 * time.Second)

		assert.Contains(t, b.text(), "event: ping\ndata: {}\n\nevent: ping\ndata: {}\n\n")
		b.close()
	})
}

// A broken connection is noticed when a write to it fails.
func TestStream_brokenConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		w := &brokenWriter{ResponseRecorder: httptest.NewRecorder()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			h.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/events", http.NoBody))
		}()
		synctest.Wait()
		w.broken.Store(true)
		start := time.Now()
		<-done
		assert.Equal(t, 10*time.Second, time.Since(start), "the stream ends with the next ping")
	})
}
