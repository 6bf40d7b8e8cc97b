package whatspie_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestWatchEventKind_string(t *testing.T) {
	t.Parallel()
	names := make([]string, whatspie.WatchRetry+2)
	for kind := range names {
		names[kind] = whatspie.WatchEventKind(kind).String()
	}
	assert.Equal(t, []string{
		"WatchEventKind(0)", "WatchDevice", "WatchSynced", "WatchAdded", "WatchChanged", "WatchRemoved", "WatchRetry",
		"WatchEventKind(7)",
	}, names)
}

func TestWatchOptions_rejectInvalidValues(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]whatspie.WatchOption{
		"no devices":        whatspie.WithDevices(),
		"device ID below 1": whatspie.WithDevices(1, 0),
		"nil option":        nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			var errs []error
			for _, err := range srv.Client().Devices.Watch(t.Context(), opt) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], whatspie.ErrInvalidRequest)
			assert.Empty(t, srv.Requests())
		})
	}
}

func TestWatch_usage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []whatspie.WatchOption
		want []string
	}{
		"not reported by default": {nil, []string{"0 1 ", "0 synced", "6 1  to PAIRED"}},
		"reported with WithUsage": {
			[]whatspie.WatchOption{whatspie.WithUsage()},
			[]string{"0 1 ", "0 synced", "3 1  to ", "6 1  to PAIRED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(
					wiretest.ListOf(`{"id":1,"subscription":{"quote_available":"9","quote_used":"1"}}`, `{"no":"id"}`),
					wiretest.ListOf(`{"id":1,"subscription":{"quote_available":"8","quote_used":"2"},
						"updated_at":"2025-01-01 00:00:00"}`),
					wiretest.ListOf(`{"id":1,"subscription":{"quote_available":"8","quote_used":"2"},
						"updated_at":"2025-01-02 00:00:00","paired_status":"PAIRED"}`),
				)
				assert.Equal(t, test.want, wiretest.Watch(t, s.Client(t), 8*time.Second, test.opts...))
			})
		})
	}
}

// The test fails if Watch ignores a field that it should compare.
func TestWatch_comparesEveryField(t *testing.T) {
	t.Parallel()
	ignored := map[string][]whatspie.WatchOption{ // with the option that reports the field
		"UpdatedAt":                   nil,
		"Subscription.QuotaAvailable": {whatspie.WithUsage()},
		"Subscription.QuotaUsed":      {whatspie.WithUsage()},
	}
	before := deviceWithAllFields(t)
	for i, field := range deviceFields() {
		if field.name == "ID" { // another ID is another device
			continue
		}
		t.Run(field.name, func(t *testing.T) {
			t.Parallel()
			after := before
			field.set(t, &after, 100+i)
			opts, isIgnored := ignored[field.name]
			assert.Equal(t, !isIgnored, reportsChange(t, before, after))
			assert.Equal(t, !isIgnored || opts != nil, reportsChange(t, before, after, opts...))
		})
	}
}

// reportsChange changes a watched device, and reports whether Watch yields the change.
func reportsChange(t *testing.T, before, after whatspie.Device, opts ...whatspie.WatchOption) (reported bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		lists := make([]wiretest.Reply, 2)
		for i, device := range []whatspie.Device{before, after} {
			encoded, err := json.Marshal(device)
			require.NoError(t, err)
			lists[i] = wiretest.ListOf(string(encoded))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for event, err := range wiretest.NewScript(lists...).Client(t).Devices.Watch(ctx, opts...) {
			switch {
			case err != nil:
				require.ErrorIs(t, err, context.DeadlineExceeded)
			case event.Kind == whatspie.WatchDevice:
				assert.Equal(t, &before, event.Device)
			case event.Kind == whatspie.WatchChanged:
				assert.False(t, reported, "a change is reported once")
				reported = true
				assert.Equal(t, &before, event.Previous)
				assert.Equal(t, &after, event.Device)
			default:
				assert.Equal(t, whatspie.WatchSynced, event.Kind)
			}
		}
	})
	return reported
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
		}, wiretest.Watch(t, srv.Client(), 20*time.Second))
		lists, gets := wiretest.CountStatusRequests(srv)
		assert.Equal(t, 7, lists, "one per poll interval")
		assert.Equal(t, 1, gets, "the removal is confirmed")
	})
}

func TestWatch_options(t *testing.T) {
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
		"poll interval of the client": {
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
				assert.Equal(t, test.want, wiretest.Watch(t, srv.Client(opts...), 11*time.Second, test.opts...))
			})
		})
	}
}

// After a device is found by its phone number, it is watched by its ID, so that a new number is not a removal.
func TestWatch_byPhoneNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := func(firstPhone, secondPhone string) wiretest.Reply {
			const device = `{"id":%d,"phone":"%s","paired_status":"PAIRED"}`
			return wiretest.ListOf(fmt.Sprintf(device, 1, firstPhone), fmt.Sprintf(device, 2, secondPhone))
		}
		s := wiretest.NewScript(list("62811", ""), list("62811", "+62 812"), list("62899", ""), list("62899", "62811"))
		assert.Equal(t, []string{"0 1 PAIRED", "0 synced", "6 1 PAIRED to PAIRED", "9 2 added PAIRED"},
			wiretest.Watch(t, s.Client(t), 20*time.Second, whatspie.WithDevices(62811, 62812)))
	})
}

// Previous is the complete earlier state, including UpdatedAt.
func TestWatch_previousState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := func(year int, status string) wiretest.Reply {
			const device = `{"id":1,"updated_at":"%d-01-01T00:00:00Z","paired_status":"%s"}`
			return wiretest.ListOf(fmt.Sprintf(device, year, status))
		}
		s := wiretest.NewScript(list(2001, "UNPAIRED"), list(2002, "UNPAIRED"), list(2003, "PAIRED"))
		for event, err := range s.Client(t).Devices.Watch(t.Context(), whatspie.WithChangesOnly()) {
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

func TestWatch_stopsAfterBreak(t *testing.T) {
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
