package watch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Lists are compared only with lists, because the device's own endpoint may return other fields.
func TestWatch_comparesOnlyLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := wiretest.NewScriptFunc(func(request *http.Request) wiretest.Reply {
			if request.URL.Path == "/devices" {
				return wiretest.OK(`{"data":[{"id":1,"paired_status":"PAIRED","webhook_url":"https://hook"}]}`)
			}
			return wiretest.OK(`{"data":{"id":1,"paired_status":"UNPAIRED","name":"Shop"}}`)
		}).Client(t)
		for i := range 5 { // other loops, for a listed and an unlisted device
			time.AfterFunc(time.Duration(4*i)*time.Second, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				_, err := client.Devices.WaitPaired(ctx, int64(1+i%2))
				assert.Equal(t, i%2 == 0, err == nil)
			})
		}
		events := wiretest.Watch(t, client, 25*time.Second, whatspie.WithDevices(1))
		assert.Equal(t, []string{"0 1 PAIRED", "0 synced"}, events)
	})
}

func TestWatch_reportsOneOfTwoDevicesWithSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := wiretest.OK(`{"data":[{"id":1,"name":"a"},{"id":1,"name":"b"},{"id":-5,"name":"c"}]}`)
		client := wiretest.NewScript(list).Client(t)
		assert.Equal(t, []string{"0 1 ", "0 synced"}, wiretest.Watch(t, client, 10*time.Second))
	})
}

// endlessList is a list that never ends.
type endlessList struct {
	pause time.Duration // before each device; without it, devices arrive in batches
	count int
	next  io.Reader
}

func (l *endlessList) Read(p []byte) (int, error) {
	if n, err := l.next.Read(p); err == nil {
		return n, nil
	}
	batch := 1000
	if l.pause > 0 {
		time.Sleep(l.pause) // virtual time
		batch = 1
	}
	var devices strings.Builder
	for range batch {
		l.count++
		fmt.Fprintf(&devices, `{"id":%d},`, l.count)
	}
	l.next = strings.NewReader(devices.String())
	return l.next.Read(p)
}

func TestEndlessList_isTooLarge(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ pause, limit time.Duration }{
		"slow": {pause: 7 * time.Second, limit: 5 * time.Minute},
		"fast": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := wiretest.NewScriptFunc(func(*http.Request) wiretest.Reply {
					list := &endlessList{pause: test.pause, next: strings.NewReader("[")}
					return wiretest.Reply{Status: 200, Stream: list}
				}).Client(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				_, err := client.Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
				require.ErrorIs(t, err, whatspie.ErrResponseTooLarge)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was created yet")
				assert.LessOrEqual(t, test.limit, time.Since(start))
				assert.LessOrEqual(t, time.Since(start), test.limit+2*test.pause)
				if test.pause == 0 {
					return // one long run is enough
				}
				for event, err := range client.Devices.Watch(ctx) {
					require.NoError(t, err)
					if event.Err != nil {
						require.ErrorIs(t, event.Err, whatspie.ErrResponseTooLarge)
						break
					}
				}
			})
		})
	}
}
