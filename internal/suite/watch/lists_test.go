package watch_test

import (
	"context"
	"net/http"
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
		for i := range 5 { // other loops, for a listed and an unlisted device; Watch makes the first poll
			time.AfterFunc(time.Duration(4*i+1)*time.Second, func() {
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

func TestWatch_rejectsEndlessList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pause = 7 * time.Second
		client := wiretest.NewScriptFunc(func(*http.Request) wiretest.Reply {
			return wiretest.Reply{Status: 200, Stream: wiretest.EndlessList(pause)}
		}).Client(t)
		start := time.Now()
		for event, err := range client.Devices.Watch(t.Context()) {
			require.NoError(t, err)
			if event.Err != nil {
				require.ErrorIs(t, event.Err, whatspie.ErrResponseTooLarge)
				break
			}
		}
		assert.InDelta(t, 5*time.Minute, time.Since(start), float64(2*pause))
	})
}
