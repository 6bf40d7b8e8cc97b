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

func TestCreateConfirmed_returnsClearResponse(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]whatspietest.CreateResponse{
		"device":      whatspietest.CreateResponseDevice,
		"ID only":     whatspietest.CreateResponseID,
		"array":       whatspietest.CreateResponseArray,
		"no envelope": whatspietest.CreateResponseBare,
		"201":         whatspietest.CreateResponseCreated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithCreateResponse(form))
			device, err := srv.Client().Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
			require.NoError(t, err)
			assert.Equal(t, int64(1), device.ID)
			assert.Equal(t, []string{"GET", "POST"}, wiretest.Methods(srv))
		})
	}
}

// If concurrent calls of one client overlapped, they would see each other's device as a candidate.
func TestCreateConfirmed_runsOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true, Times: 3, Delay: time.Second})
		client := srv.Client()
		var mu sync.Mutex
		ids := map[int64]bool{}
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
				if assert.NoError(t, err) {
					mu.Lock()
					defer mu.Unlock()
					ids[device.ID] = true
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		synctest.Wait()
		_, err := client.Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, wiretest.APIError(t, err).Attempts, "nothing is sent while waiting for another call")
		assert.True(t, wiretest.APIError(t, err).Retryable(), "the end of the context is not considered")
		calls.Wait()
		assert.Len(t, ids, 3)
	})
}

func TestCreateConfirmed_findsDeviceByListing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts  []whatspietest.Option
		fault whatspietest.Fault
	}{
		"response lost": {fault: whatspietest.Fault{Method: "POST", Lose: true}},
		"response replaced by 502": {
			fault: whatspietest.Fault{Method: "POST", Lose: true, Status: 502, Body: "<html>"},
		},
		"response cut off": {fault: whatspietest.Fault{Method: "POST", Truncate: 20}},
		"response without device": {
			opts: []whatspietest.Option{whatspietest.WithCreateResponse(whatspietest.CreateResponseNoData)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				old := srv.AddDevice(whatspie.Device{
					Name:    wiretest.SalesDesk.Name,
					Package: whatspie.Package{Code: wiretest.SalesDesk.Package},
				})
				if test.fault.Method != "" {
					srv.Inject(test.fault)
				}
				start := time.Now()

				device, err := srv.Client().Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

				require.NoError(t, err)
				assert.NotEqual(t, old, device.ID)
				assert.Equal(t, wiretest.SalesDesk.Package, device.Package.Code)
				assert.Equal(t, []string{"GET", "POST", "GET"}, wiretest.Methods(srv))
				assert.Zero(t, time.Since(start))
			})
		})
	}
}

func TestCreateConfirmed_listsAgainWhenListIsStale(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		staleLists int
		found      bool
		elapsed    time.Duration
	}{
		"list becomes current": {3, true, 7 * time.Second},
		"list stays stale":     {100, false, 15 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
				start := time.Now()

				client := srv.Client(wiretest.WithStaleLists(srv, test.staleLists))
				device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

				assert.Equal(t, test.elapsed, time.Since(start))
				if test.found {
					require.NoError(t, err)
					assert.Equal(t, int64(1), device.ID)
					return
				}
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Empty(t, unconfirmed.Candidates)
			})
		})
	}
}

func TestCreateConfirmed_withConcurrentCreator(t *testing.T) {
	t.Parallel()
	startup := whatspie.Package{Code: whatspie.PackageStartup}
	beta := whatspie.Package{Code: whatspie.PackageBeta}
	tests := map[string]struct {
		opts    []whatspietest.Option
		other   whatspie.Device
		created bool
	}{
		"other name":            {other: whatspie.Device{Name: "Support", Package: startup}, created: true},
		"other package":         {other: whatspie.Device{Name: wiretest.SalesDesk.Name, Package: beta}, created: true},
		"same name and package": {other: whatspie.Device{Name: wiretest.SalesDesk.Name, Package: startup}},
		"same package, no names": {
			opts:  []whatspietest.Option{whatspietest.WithoutNames()},
			other: whatspie.Device{Package: startup},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})

				client := srv.Client(wiretest.WithRacingCreators(srv, test.other))
				device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

				if test.created {
					require.NoError(t, err)
					assert.Equal(t, wiretest.SalesDesk.Name, device.Name)
					assert.Equal(t, int64(1), device.ID)
					return
				}
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Len(t, unconfirmed.Candidates, 2)
				assert.Equal(t, http.MethodPost, wiretest.APIError(t, err).Method)
				assert.Nil(t, device)
				assert.Contains(t, err.Error(), "2 new devices were found, but the name identifies none of them")
			})
		})
	}
}
