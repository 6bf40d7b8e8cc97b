package whatspie_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestWaitPaired(t *testing.T) {
	t.Parallel()
	const id = 7
	tests := map[string]struct {
		arrange   func(*whatspietest.Server)
		id        int64
		want      []error
		elapsed   time.Duration
		retryable bool
	}{
		"paired already": {
			arrange: func(srv *whatspietest.Server) { srv.Scan(id) },
		},
		"paired later": {
			arrange: func(srv *whatspietest.Server) { time.AfterFunc(7*time.Second, func() { srv.Scan(id) }) },
			elapsed: 9 * time.Second,
		},
		"suspended": {
			arrange: func(srv *whatspietest.Server) { time.AfterFunc(time.Second, func() { srv.Suspend(id) }) },
			want:    []error{whatspie.ErrDeviceSuspended},
			elapsed: 3 * time.Second,
		},
		"unknown device": {id: 8, want: []error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound}},
		"invalid ID":     {id: -1, want: []error{whatspie.ErrInvalidRequest}},
		"removed": {
			arrange: func(srv *whatspietest.Server) { time.AfterFunc(time.Second, func() { srv.RemoveDevice(id) }) },
			want:    []error{whatspie.ErrDeviceNotFound},
			elapsed: 3 * time.Second,
		},
		"unauthorized": {
			arrange: func(srv *whatspietest.Server) {
				srv.Inject(whatspietest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`})
			},
			want: []error{whatspie.ErrUnauthorized},
		},
		"404 without envelope until the deadline": {
			arrange: func(srv *whatspietest.Server) {
				srv.Inject(whatspietest.Fault{Times: -1, Status: 404, Body: "<html>"})
			},
			want:    []error{context.DeadlineExceeded, whatspie.ErrNotFound},
			elapsed: time.Minute,
		},
		"503 until the deadline": {
			arrange:   func(srv *whatspietest.Server) { srv.Inject(whatspietest.Fault{Times: -1, Status: 503}) },
			want:      []error{context.DeadlineExceeded, whatspie.ErrServer},
			elapsed:   time.Minute,
			retryable: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{ID: id})
				if test.arrange != nil {
					test.arrange(srv)
				}
				if test.id == 0 {
					test.id = id
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()

				device, err := srv.Client().Devices.WaitPaired(ctx, test.id)

				assert.Equal(t, test.elapsed, time.Since(start))
				if test.want == nil {
					require.NoError(t, err)
					assert.Equal(t, int64(id), device.ID)
					assert.True(t, device.Paired())
					return
				}
				assert.Nil(t, device)
				for _, want := range test.want {
					require.ErrorIs(t, err, want)
				}
				assert.Equal(t, http.MethodGet, wiretest.APIError(t, err).Method)
				assert.Equal(t, test.retryable, wiretest.APIError(t, err).Retryable())
			})
		})
	}
}

// Calls share their polls with each other and with a Watch.
func TestWaitPaired_sharesPolls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		var calls sync.WaitGroup
		for range 100 {
			id := srv.AddDevice(whatspie.Device{})
			calls.Go(func() {
				_, err := client.Devices.WaitPaired(t.Context(), id)
				assert.NoError(t, err)
			})
		}
		wiretest.Watch(t, client, 30*time.Second)
		lists, gets := wiretest.CountStatusRequests(srv)
		assert.LessOrEqual(t, lists, 12)
		assert.LessOrEqual(t, gets, 1)
		for id := range int64(100) {
			srv.Scan(id + 1)
		}
		calls.Wait()
	})
}

// A caller may modify the device that it receives.
func TestWaitPaired_copiesDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		time.AfterFunc(time.Second, func() { srv.Scan(id) })
		devices := make(chan *whatspie.Device, 2)
		for range 2 {
			go func() {
				device, err := client.Devices.WaitPaired(t.Context(), id)
				assert.NoError(t, err)
				devices <- device
			}()
		}
		first, second := <-devices, <-devices
		assert.Equal(t, first, second)
		assert.NotSame(t, first, second)
	})
}

// Consecutive calls for connected devices return at once.
func TestWaitPaired_consecutiveCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		client := srv.Client()
		start := time.Now()
		for range 10 {
			id := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired})
			_, err := client.Devices.WaitPaired(t.Context(), id)
			require.NoError(t, err)
		}
		assert.Zero(t, time.Since(start))
	})
}
