package whatspie_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// watchFor ranges over Watch until the virtual time has passed, and tells each change in a few words.
func watchFor(t *testing.T, client *whatspie.Client, period time.Duration, opts ...whatspie.WatchOption) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), period)
	defer cancel()
	start := time.Now()
	var told []string
	for change, err := range client.Devices.Watch(ctx, opts...) {
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		told = append(told, fmt.Sprintf("%v %s", time.Since(start).Seconds(), describe(change)))
	}
	return told
}

func describe(change whatspie.DeviceChange) string {
	switch {
	case change.Err != nil:
		return "error"
	case change.Removed:
		return fmt.Sprintf("%d removed", change.Device.ID)
	case change.Previous == nil:
		return fmt.Sprintf("%d %s", change.Device.ID, change.Device.PairedStatus)
	default:
		return fmt.Sprintf("%d %s to %s", change.Device.ID, change.Previous.PairedStatus, change.Device.PairedStatus)
	}
}

func TestWatchTellsTheSnapshotAndEveryTransition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		one := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
		two := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(4*time.Second, func() { srv.Disconnect(one) })
		time.AfterFunc(7*time.Second, func() { srv.Scan(one) })
		time.AfterFunc(10*time.Second, func() { srv.Suspend(two) })
		time.AfterFunc(13*time.Second, func() { srv.AddDevice(whatspie.Device{}) })
		time.AfterFunc(16*time.Second, func() { srv.RemoveDevice(two) })

		assert.Equal(t, []string{
			"0 1 PAIRED",
			"0 2 UNPAIRED",
			"6 1 PAIRED to UNPAIRED",
			"9 1 UNPAIRED to PAIRED",
			"12 2 UNPAIRED to SUSPENDED",
			"15 3 UNPAIRED",
			"18 2 removed",
		}, watchFor(t, srv.Client(), 20*time.Second))
	})
}

func TestWatchOptionsNarrow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts []whatspie.WatchOption
		want []string
		gets int
	}{
		"only changes": {
			opts: []whatspie.WatchOption{whatspie.WithChangesOnly()},
			want: []string{"6 1 PAIRED to UNPAIRED", "6 2 UNPAIRED to SUSPENDED", "9 2 removed"},
		},
		"one device costs no list": {
			opts: []whatspie.WatchOption{whatspie.WithDevices(2)},
			want: []string{"0 2 UNPAIRED", "6 2 UNPAIRED to SUSPENDED", "9 2 removed"},
			gets: 4,
		},
		"two devices, one of them unknown": {
			opts: []whatspie.WatchOption{whatspie.WithDevices(1, 99), whatspie.WithChangesOnly()},
			want: []string{"6 1 PAIRED to UNPAIRED"},
		},
		"interval": {
			opts: []whatspie.WatchOption{whatspie.WithPollInterval(5 * time.Second), whatspie.WithDevices(1)},
			want: []string{"0 1 PAIRED", "5 1 PAIRED to UNPAIRED"},
			gets: 3,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
				srv.AddDevice(whatspie.Device{})
				time.AfterFunc(4*time.Second, func() { srv.Disconnect(1); srv.Suspend(2) })
				time.AfterFunc(8*time.Second, func() { srv.RemoveDevice(2) })

				assert.Equal(t, test.want, watchFor(t, srv.Client(), 11*time.Second, test.opts...))

				gets := 0
				for _, request := range srv.Requests() {
					if request.Path != "/devices" {
						gets++
					}
				}
				assert.Equal(t, test.gets, gets)
			})
		})
	}
}

func TestWatchFindsDevicesByTheirPhoneNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for _, phone := range []string{"6281234567890", "", "6281234567891", "+62 812"} {
			srv.AddDevice(whatspie.Device{Phone: phone})
		}
		time.AfterFunc(time.Second, func() { srv.Scan(3) })
		assert.Equal(t, []string{"0 1 UNPAIRED", "0 3 UNPAIRED", "3 3 UNPAIRED to PAIRED"},
			watchFor(t, srv.Client(), 5*time.Second, whatspie.WithDevices(6281234567890, 6281234567891)))
	})
}

func TestWatchGoesOnThroughAnOutageMoreSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Times: 6, Drop: true}) })
		time.AfterFunc(2*time.Second, func() { srv.Scan(1) })

		assert.Equal(t, []string{
			"0 1 UNPAIRED",
			"3 error", "6 error", "12 error", "24 error", "48 error", "78 error",
			"108 1 UNPAIRED to PAIRED",
		}, watchFor(t, srv.Client(), 110*time.Second))
	})
}

func TestWatchObeysRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Status: 429, Header: http.Header{"Retry-After": {"40"}}})
		srv.AddDevice(whatspie.Device{})

		assert.Equal(t, []string{"0 error", "40 1 UNPAIRED"}, watchFor(t, srv.Client(), 42*time.Second))
	})
}

// Nothing is dropped for a consumer that is busy while a device flaps.
func TestWatchQueuesForASlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		for i := range 6 {
			time.AfterFunc(time.Duration(3*i+1)*time.Second, func() {
				if i%2 == 0 {
					srv.Scan(id)
				} else {
					srv.Disconnect(id)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var told []string
		for change, err := range srv.Client().Devices.Watch(ctx) {
			if err != nil {
				break
			}
			if len(told) == 0 {
				time.Sleep(30 * time.Second)
			}
			told = append(told, string(change.Device.PairedStatus))
			change.Device.PairedStatus = "scribbled over"
		}
		assert.Equal(t, "UNPAIRED PAIRED UNPAIRED PAIRED UNPAIRED PAIRED UNPAIRED", strings.Join(told, " "))
	})
}

func TestWatchUsageIsOptional(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []whatspie.WatchOption
		want int
	}{
		"left out by default": {nil, 1},
		"on request":          {[]whatspie.WatchOption{whatspie.WithUsage()}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				bodies := []string{
					`{"status":200,"data":[{"id":1,"subscription":{"quote_available":"9","quote_used":"1"}},{"no":"id"}]}`,
					`{"status":200,"data":[{"id":1,"updated_at":"2025-01-01 00:00:00","subscription":{"quote_available":"8","quote_used":"2"}}]}`,
				}
				client := scripted(t, bodies...)
				assert.Len(t, watchFor(t, client, 5*time.Second, test.opts...), test.want)
			})
		})
	}
}

// scripted answers each request with the next body, the last one for ever.
func scripted(t *testing.T, bodies ...string) *whatspie.Client {
	t.Helper()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for i, body := range bodies {
		times := 1
		if i == len(bodies)-1 {
			times = -1
		}
		srv.Inject(whatspietest.Fault{Body: body, Times: times})
	}
	return srv.Client()
}

func TestWatchLeavesNothingRunningAfterABreak(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		srv.AddDevice(whatspie.Device{})
		for _, err := range srv.Client().Devices.Watch(t.Context()) {
			require.NoError(t, err)
			break
		}
		time.Sleep(time.Hour)
		assert.Len(t, srv.Requests(), 1)
	})
}

func TestWatchOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]whatspie.WatchOption{
		"no interval": whatspie.WithPollInterval(-1),
		"no devices":  whatspie.WithDevices(),
		"bad device":  whatspie.WithDevices(1, 0),
		"nil":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			for _, err := range srv.Client().Devices.Watch(t.Context(), opt) {
				require.ErrorIs(t, err, whatspie.ErrInvalidRequest)
			}
			assert.Empty(t, srv.Requests())
		})
	}
}
