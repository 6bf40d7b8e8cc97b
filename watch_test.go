package whatspie_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// watchFor ranges over Watch for a virtual time, and describes each event in a few words.
func watchFor(t *testing.T, client *whatspie.Client, period time.Duration, opts ...whatspie.WatchOption) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), period)
	defer cancel()
	start := time.Now()
	var events []string
	for event, err := range client.Devices.Watch(ctx, opts...) {
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		events = append(events, fmt.Sprintf("%v %s", time.Since(start).Seconds(), describe(event)))
	}
	return events
}

// withoutTimes removes the times from the output of watchFor.
func withoutTimes(events []string) []string {
	words := make([]string, len(events))
	for i, event := range events {
		_, words[i], _ = strings.Cut(event, " ")
	}
	return words
}

func describe(event whatspie.WatchEvent) string {
	switch event.Kind {
	case whatspie.WatchDevice:
		return fmt.Sprintf("%d %s", event.Device.ID, event.Device.PairedStatus)
	case whatspie.WatchAdded:
		return fmt.Sprintf("%d added %s", event.Device.ID, event.Device.PairedStatus)
	case whatspie.WatchChanged:
		return fmt.Sprintf("%d %s to %s", event.Device.ID, event.Previous.PairedStatus, event.Device.PairedStatus)
	case whatspie.WatchRemoved:
		return fmt.Sprintf("%d removed", event.Device.ID)
	case whatspie.WatchSynced:
		return "synced"
	case whatspie.WatchRetry:
		return "retry"
	default:
		return event.Kind.String()
	}
}

func TestWatch(t *testing.T) {
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
			"0 synced",
			"6 1 PAIRED to UNPAIRED",
			"9 1 UNPAIRED to PAIRED",
			"12 2 UNPAIRED to SUSPENDED",
			"15 3 added UNPAIRED",
			"18 2 removed",
		}, watchFor(t, srv.Client(), 20*time.Second))
		lists, gets := statusRequests(srv)
		assert.Equal(t, 7, lists, "one per interval")
		assert.Equal(t, 1, gets, "the removal is confirmed")
	})
}

func TestWatchOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts     []whatspie.WatchOption
		interval time.Duration
		want     []string
	}{
		"changes only": {
			opts: []whatspie.WatchOption{whatspie.WithChangesOnly()},
			want: []string{"0 synced", "6 1 PAIRED to UNPAIRED", "6 2 UNPAIRED to SUSPENDED", "9 2 removed"},
		},
		"one device": {
			opts: []whatspie.WatchOption{whatspie.WithDevices(2)},
			want: []string{"0 2 UNPAIRED", "0 synced", "6 2 UNPAIRED to SUSPENDED", "9 2 removed"},
		},
		"two devices, one of them unknown": {
			opts: []whatspie.WatchOption{whatspie.WithDevices(1, 99), whatspie.WithChangesOnly()},
			want: []string{"0 synced", "6 1 PAIRED to UNPAIRED"},
		},
		"interval of the client": {
			opts:     []whatspie.WatchOption{whatspie.WithDevices(1)},
			interval: 5 * time.Second,
			want:     []string{"0 1 PAIRED", "0 synced", "5 1 PAIRED to UNPAIRED"},
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
				var opts []whatspie.Option
				if test.interval > 0 {
					opts = append(opts, whatspie.WithPollInterval(test.interval))
				}
				assert.Equal(t, test.want, watchFor(t, srv.Client(opts...), 11*time.Second, test.opts...))
			})
		})
	}
}

// A device found by its phone number is watched by its ID, so a new number does not look like a removal.
func TestWatchByPhoneNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := func(first, second string) string {
			const device = `{"id":%d,"phone":"%s","paired_status":"PAIRED"}`
			return `{"status":200,"data":[` + fmt.Sprintf(device, 1, first) + "," + fmt.Sprintf(device, 2, second) + `]}`
		}
		client := scripted(t, list("62811", ""), list("62811", "+62 812"), list("62899", ""), list("62899", "62811"))
		assert.Equal(t, []string{"0 1 PAIRED", "0 synced", "6 1 PAIRED to PAIRED", "9 2 added PAIRED"},
			watchFor(t, client, 20*time.Second, whatspie.WithDevices(62811, 62812)))
	})
}

func TestWatchOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		gone := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Times: 6, Drop: true}) })
		time.AfterFunc(2*time.Second, func() { srv.Scan(1); srv.RemoveDevice(gone) })

		events := watchFor(t, srv.Client(), 150*time.Second)

		assert.Equal(t, []string{
			"1 UNPAIRED", "2 UNPAIRED", "synced",
			"retry", "retry", "retry", "retry", "retry", "retry",
			"1 UNPAIRED to PAIRED", "2 removed", "synced",
		}, withoutTimes(events))
		before := 0.0
		for i, pause := range []float64{3, 3, 6, 12, 20, 20, 20} { // without jitter
			at, _, _ := strings.Cut(events[i+3], " ")
			seconds, err := strconv.ParseFloat(at, 64)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, seconds-before, pause-1e-6)
			assert.LessOrEqual(t, seconds-before, 1.5*pause)
			before = seconds
		}
	})
}

func TestWatchRetryAfter(t *testing.T) {
	t.Parallel()
	for value, least := range map[string]time.Duration{"40": 40 * time.Second, "3600": time.Minute} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.Inject(whatspietest.Fault{Status: 429, Header: http.Header{"Retry-After": {value}}})
				srv.AddDevice(whatspie.Device{})
				start := time.Now()
				var kinds []whatspie.WatchEventKind
				for event, err := range srv.Client().Devices.Watch(t.Context()) {
					require.NoError(t, err)
					if kinds = append(kinds, event.Kind); event.Kind == whatspie.WatchSynced {
						break
					}
				}
				assert.Equal(t, []whatspie.WatchEventKind{whatspie.WatchRetry, whatspie.WatchDevice, whatspie.WatchSynced}, kinds)
				assert.GreaterOrEqual(t, time.Since(start), least)
				assert.LessOrEqual(t, time.Since(start), least*11/10)
			})
		})
	}
}

// A slow consumer gets merged changes, with devices of its own.
func TestWatchSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for _, name := range []string{"flaps", "changes", "goes", "comes back"} {
			srv.AddDevice(whatspie.Device{Name: name, Phone: "62811"})
		}
		at := func(seconds int, change func()) { time.AfterFunc(time.Duration(seconds)*time.Second, change) }
		at(1, func() { srv.Scan(1); srv.Scan(2); srv.Scan(3) })
		at(4, func() {
			srv.Disconnect(1)
			srv.Suspend(2)
			srv.RemoveDevice(3)
			srv.RemoveDevice(4)
			srv.AddDevice(whatspie.Device{ID: 9})
		})
		at(7, func() {
			srv.RemoveDevice(9)
			srv.AddDevice(whatspie.Device{ID: 4, Name: "comes back", Phone: "62811", PairedStatus: whatspie.PairedStatusExpired})
			srv.Inject(whatspietest.Fault{Path: "/devices", Times: 2, Status: 503})
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var events []string
		for event, err := range srv.Client().Devices.Watch(ctx) {
			if err != nil {
				break
			}
			events = append(events, describe(event))
			if event.Kind == whatspie.WatchSynced && len(events) == 5 {
				time.Sleep(40 * time.Second)
			}
			if event.Device != nil {
				event.Device.PairedStatus = "scribbled over"
			}
		}
		assert.Equal(t, []string{"1 UNPAIRED", "2 UNPAIRED", "3 UNPAIRED", "4 UNPAIRED", "synced"}, events[:5])
		assert.ElementsMatch(t, []string{"2 UNPAIRED to SUSPENDED", "3 removed", "4 UNPAIRED to EXPIRED", "retry", "synced"}, events[5:])
		assert.Equal(t, "synced", events[len(events)-1])
	})
}

func TestWatchUsage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []whatspie.WatchOption
		want []string
	}{
		"left out by default": {nil, []string{"0 1 ", "0 synced", "6 1  to PAIRED"}},
		"on request": {
			[]whatspie.WatchOption{whatspie.WithUsage()},
			[]string{"0 1 ", "0 synced", "3 1  to ", "6 1  to PAIRED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := scripted(t,
					`{"status":200,"data":[{"id":1,"subscription":{"quote_available":"9","quote_used":"1"}},{"no":"id"}]}`,
					`{"status":200,"data":[{"id":1,"updated_at":"2025-01-01 00:00:00","subscription":{"quote_available":"8","quote_used":"2"}}]}`,
					`{"status":200,"data":[{"id":1,"updated_at":"2025-01-02 00:00:00","paired_status":"PAIRED","subscription":{"quote_available":"8","quote_used":"2"}}]}`,
				)
				assert.Equal(t, test.want, watchFor(t, client, 8*time.Second, test.opts...))
			})
		})
	}
}

// Previous is the complete earlier state, including UpdatedAt.
func TestWatchPrevious(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := func(year int, status string) string {
			return fmt.Sprintf(`{"status":200,"data":[{"id":1,"updated_at":"%d-01-01T00:00:00Z","paired_status":"%s"}]}`, year, status)
		}
		client := scripted(t, body(2001, "UNPAIRED"), body(2002, "UNPAIRED"), body(2003, "PAIRED"))
		for event, err := range client.Devices.Watch(t.Context(), whatspie.WithChangesOnly()) {
			require.NoError(t, err)
			if event.Kind == whatspie.WatchChanged {
				assert.Equal(t, 2002, event.Previous.UpdatedAt.Year())
				assert.Equal(t, 2003, event.Device.UpdatedAt.Year())
				break
			}
			assert.Equal(t, whatspie.WatchSynced, event.Kind)
		}
	})
}

// scripted returns the bodies in order, then the last one forever.
func scripted(t *testing.T, bodies ...string) *whatspie.Client {
	t.Helper()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for i, body := range bodies {
		times := 1
		if i == len(bodies)-1 {
			times = -1
		}
		srv.Inject(whatspietest.Fault{Path: "/devices", Body: body, Times: times})
	}
	return srv.Client()
}

func TestWatchBreak(t *testing.T) {
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
		"no devices": whatspie.WithDevices(),
		"bad device": whatspie.WithDevices(1, 0),
		"nil":        nil,
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

func TestWithPollIntervalValidates(t *testing.T) {
	t.Parallel()
	for interval, valid := range map[time.Duration]bool{
		-1: false, 0: false, 20: false, time.Second - 1: false, time.Second: true, 1 << 62: true,
	} {
		_, err := whatspie.NewClient(token, whatspie.WithPollInterval(interval))
		assert.Equal(t, valid, err == nil, "%v: %v", interval, err)
	}
}

func TestWatchEventKindString(t *testing.T) {
	t.Parallel()
	var names []string
	for kind := whatspie.WatchDevice; kind <= whatspie.WatchRetry+1; kind++ {
		names = append(names, kind.String())
	}
	assert.Equal(t, []string{
		"WatchDevice", "WatchSynced", "WatchAdded", "WatchChanged", "WatchRemoved", "WatchRetry", "WatchEventKind(7)",
	}, names)
}
