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
	for name, shape := range map[string]whatspietest.CreateResponse{
		"device": whatspietest.CreateResponseDevice,
		"id":     whatspietest.CreateResponseID,
		"array":  whatspietest.CreateResponseArray,
		"bare":   whatspietest.CreateResponseBare,
		"201":    whatspietest.CreateResponseCreated,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithCreateResponse(shape))
			device, err := srv.Client().Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
			require.NoError(t, err)
			assert.Equal(t, int64(1), device.ID)
			assert.Equal(t, []string{"GET", "POST"}, wiretest.Methods(srv))
		})
	}
}

func TestCreateConfirmed_findsDeviceByListing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts  []whatspietest.Option
		fault whatspietest.Fault
	}{
		"lost":             {fault: whatspietest.Fault{Method: "POST", Lose: true}},
		"lost in a 502":    {fault: whatspietest.Fault{Method: "POST", Lose: true, Status: 502, Body: "<html>"}},
		"cut":              {fault: whatspietest.Fault{Method: "POST", Truncate: 20}},
		"without a device": {opts: []whatspietest.Option{whatspietest.WithCreateResponse(whatspietest.CreateResponseNoData)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				old := srv.AddDevice(whatspie.Device{Name: wiretest.SalesDesk.Name, Package: whatspie.Package{Code: wiretest.SalesDesk.Package}})
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

func TestCreateConfirmed_withConcurrentCreator(t *testing.T) {
	t.Parallel()
	startup := whatspie.Package{Code: whatspie.PackageStartup}
	tests := map[string]struct {
		opts       []whatspietest.Option
		others     []whatspie.Device
		created    bool
		candidates int
	}{
		"of another name":               {others: []whatspie.Device{{Name: "Support", Package: startup}}, created: true},
		"of another package":            {others: []whatspie.Device{{Name: wiretest.SalesDesk.Name, Package: whatspie.Package{Code: whatspie.PackageBeta}}}, created: true},
		"of the same name and package":  {others: []whatspie.Device{{Name: wiretest.SalesDesk.Name, Package: startup}}, candidates: 2},
		"of the same package, no names": {opts: []whatspietest.Option{whatspietest.WithoutNames()}, others: []whatspie.Device{{Package: startup}}, candidates: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(append(test.opts, whatspietest.WithoutSocket())...)
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})

				device, err := srv.Client(wiretest.WithRacingCreators(srv, test.others...)).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

				if test.created {
					require.NoError(t, err)
					assert.Equal(t, wiretest.SalesDesk.Name, device.Name)
					assert.Equal(t, int64(1), device.ID)
					return
				}
				require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Len(t, unconfirmed.Candidates, test.candidates)
				var failed *whatspie.APIError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, http.MethodPost, failed.Method)
				assert.Nil(t, device)
				assert.Contains(t, err.Error(), "2 new devices match the request")
			})
		})
	}
}

func TestCreateConfirmed_listsAgainWhenListIsStale(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lists   int
		found   bool
		elapsed time.Duration
	}{
		"that catches up":    {3, true, 7 * time.Second},
		"that never does so": {100, false, 15 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
				start := time.Now()

				device, err := srv.Client(wiretest.WithStaleLists(srv, test.lists)).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

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

// Concurrent calls of one client would see each other's device as a candidate.
func TestCreateConfirmed_runsOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true, Times: 3, Delay: time.Second})
		client := srv.Client()
		var mu sync.Mutex
		ids := map[int64]bool{}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
				if assert.NoError(t, err) {
					mu.Lock()
					defer mu.Unlock()
					ids[device.ID] = true
				}
			})
		}
		waiting, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		synctest.Wait()
		_, err := client.Devices.CreateConfirmed(waiting, wiretest.SalesDesk)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var failed *whatspie.APIError
		require.ErrorAs(t, err, &failed)
		assert.Zero(t, failed.Attempts, "nothing was sent while it waited for its turn")
		all.Wait()
		assert.Len(t, ids, 3)
	})
}
