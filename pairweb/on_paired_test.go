package pairweb_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestOnPaired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		called := make(chan *whatspie.Device, 10)
		h := newFixture(t, whatspie.Device{}, pairweb.WithOnPaired(func(ctx context.Context, device *whatspie.Device) {
			assert.NoError(t, ctx.Err())
			called <- device
		}))
		connect := func() {
			a, b := h.open(t, "/events"), h.open(t, "/events")
			assert.Equal(t, "code", a.latest().Kind)
			h.Scan(h.id)
			<-a.done
			<-b.done
			synctest.Wait()
		}

		connect()
		assert.Len(t, called, 1, "one call for two tabs")
		assert.Equal(t, h.id, (<-called).ID)

		<-h.open(t, "/events").done
		time.Sleep(2 * linger)
		<-h.open(t, "/events").done
		assert.Empty(t, called, "the device was already connected")

		h.Disconnect(h.id)
		connect()
		assert.Len(t, called, 1, "one call for the second connection")
	})
}

// The visitor closed the page before the API reported the connection, and opened it again later.
func TestOnPaired_pageClosedBeforeConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		called := make(chan *whatspie.Device, 10)
		h := newFixture(t, whatspie.Device{}, pairweb.WithOnPaired(func(_ context.Context, device *whatspie.Device) {
			called <- device
		}))
		first := h.open(t, "/events")
		assert.Equal(t, "code", first.latest().Kind)
		first.close()
		time.Sleep(2 * linger)
		h.Scan(h.id)

		<-h.open(t, "/events").done
		synctest.Wait()
		assert.Len(t, called, 1)
	})
}

// The process was restarted after a scan, or has only seen failures.
func TestOnPaired_withoutCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		calls  int
	}{
		{"device connected before status", http.StatusOK, `{"code":200,"message":"Device connected"}`, 1},
		{"no code yet", http.StatusOK, `{"status":200,"message":"OK","data":{"qr":""}}`, 1},
		{"generation failed", http.StatusInternalServerError, `{"code":500,"message":"QR code generation failed"}`, 1},
		{"outage", http.StatusBadGateway, `<html>Bad Gateway</html>`, 0}, // the device may have been connected before
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				h := newFixture(t, whatspie.Device{},
					pairweb.WithOnPaired(func(context.Context, *whatspie.Device) { calls.Add(1) }))
				h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: tt.status, Body: tt.body, Times: -1})
				tab := h.open(t, "/events")
				time.Sleep(20 * time.Second)
				h.Scan(h.id)
				<-tab.done
				<-h.open(t, "/events").done // the device is known to be connected
				synctest.Wait()
				assert.EqualValues(t, tt.calls, calls.Load())
			})
		})
	}
}

func TestOnPaired_closeWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var returned atomic.Bool
		h := newFixture(t, whatspie.Device{}, pairweb.WithOnPaired(func(ctx context.Context, _ *whatspie.Device) {
			<-ctx.Done()
			time.Sleep(time.Second)
			returned.Store(true)
		}))
		tab := h.open(t, "/events")
		synctest.Wait()
		h.Scan(h.id)
		<-tab.done
		time.Sleep(2 * linger)
		synctest.Wait()

		var calls sync.WaitGroup
		for range 2 {
			calls.Go(func() {
				h.handler.Close()
				assert.True(t, returned.Load(), "each call of Close waits")
			})
		}
		calls.Wait()
	})
}

func TestOnPaired_panicIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h := newFixture(t, whatspie.Device{},
			pairweb.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			pairweb.WithOnPaired(func(context.Context, *whatspie.Device) { panic("no such customer") }))
		tab := h.open(t, "/events")
		synctest.Wait()
		h.Scan(h.id)
		<-tab.done
		synctest.Wait()

		assert.Contains(t, log.String(),
			`level=ERROR msg="the WithOnPaired function panicked" device=1 panic="no such customer" stack=`)
		assert.Contains(t, log.String(), "on_paired_test.go")
	})
}
