package watch_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestWatch_backsOffInOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		removed := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Times: 6, Drop: true}) })
		time.AfterFunc(2*time.Second, func() { srv.Scan(1); srv.RemoveDevice(removed) })

		events := wiretest.Watch(t, srv.Client(), 150*time.Second)

		assert.Equal(t, []string{
			"1 UNPAIRED", "2 UNPAIRED", "synced",
			"retry", "retry", "retry", "retry", "retry", "retry",
			"1 UNPAIRED to PAIRED", "2 removed", "synced",
		}, wiretest.WithoutTimes(events))
		previous := 0.0
		for i, pause := range []float64{3, 3, 6, 12, 20, 20, 20} { // without jitter
			at, _, _ := strings.Cut(events[i+3], " ")
			seconds, err := strconv.ParseFloat(at, 64)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, seconds-previous, pause-1e-6)
			assert.LessOrEqual(t, seconds-previous, 1.5*pause)
			previous = seconds
		}
	})
}

// Watch waits at most a minute. RetryPolicy.MaxRetryAfter is about calls.
func TestWatch_obeysRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		retryAfter    string
		maxRetryAfter time.Duration
		want          time.Duration
	}{
		"below a minute":                        {"40", 0, 40 * time.Second},
		"above a minute":                        {"3600", 0, time.Minute},
		"above a minute, calls wait for longer": {"3600", time.Hour, time.Minute},
		"calls do not wait":                     {"40", time.Millisecond, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.Inject(whatspietest.Fault{Status: 429, Header: http.Header{"Retry-After": {test.retryAfter}}})
				srv.AddDevice(whatspie.Device{})
				client := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: test.maxRetryAfter}))
				start := time.Now()
				var kinds []whatspie.WatchEventKind
				for event, err := range client.Devices.Watch(t.Context()) {
					require.NoError(t, err)
					if kinds = append(kinds, event.Kind); event.Kind == whatspie.WatchSynced {
						break
					}
				}
				assert.Equal(t, []whatspie.WatchEventKind{whatspie.WatchRetry, whatspie.WatchDevice, whatspie.WatchSynced}, kinds)
				assert.GreaterOrEqual(t, time.Since(start), test.want)
				assert.LessOrEqual(t, time.Since(start), test.want*11/10)
			})
		})
	}
}
