package whatspie_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A list that is cut in the middle says nothing of the devices behind the cut.
func TestWatchDoesNotTakeACutListForRemovals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for range 3 {
			srv.AddDevice(whatspie.Device{})
		}
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Truncate: 700}) })

		assert.Equal(t, []string{"0 1 UNPAIRED", "0 2 UNPAIRED", "0 3 UNPAIRED", "3 error"},
			watchFor(t, srv.Client(), 8*time.Second))
	})
}

// Nor does an answer that is no list.
func TestWatchDoesNotTakeADoubtfulAnswerForRemovals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.AddDevice(whatspie.Device{})
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Body: `{"message":"Unauthenticated."}`}) })
		assert.Equal(t, []string{"0 1 UNPAIRED", "3 error"}, watchFor(t, srv.Client(), 8*time.Second))
	})
}

// What a cut list still showed must not hide a removal from the next whole one.
func TestWatchNoticesARemovalRightAfterACutList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		for range 3 {
			srv.AddDevice(whatspie.Device{})
		}
		time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Truncate: 700}) })
		time.AfterFunc(4*time.Second, func() { srv.RemoveDevice(1) })

		assert.Equal(t, []string{"0 1 UNPAIRED", "0 2 UNPAIRED", "0 3 UNPAIRED", "3 error", "6 1 removed"},
			watchFor(t, srv.Client(), 8*time.Second))
	})
}

// One device is asked for by itself. That it is gone is a removal, in whatever words of the API.
func TestWatchTellsTheRemovalOfAnOnlyDevice(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"code":404,"message":"Device not found"}`, `{"code":404}`, `{"message":"Not found"}`, `{"error":"Device not found"}`} {
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			srv.AddDevice(whatspie.Device{})
			time.AfterFunc(time.Second, func() { srv.Inject(whatspietest.Fault{Path: "/devices/1", Status: 404, Body: body}) })

			assert.Equal(t, []string{"0 1 UNPAIRED", "3 1 removed", "6 1 UNPAIRED"},
				watchFor(t, srv.Client(), 8*time.Second, whatspie.WithDevices(id)))
		})
	}
}

func TestWatchEndsWithOneTypedError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault whatspietest.Fault
		want  error
	}{
		"revoked":   {whatspietest.Fault{Status: 401, Body: `{"code":401,"message":"Unauthorized"}`}, whatspie.ErrUnauthorized},
		"forbidden": {whatspietest.Fault{Body: `{"code":403,"message":"Forbidden"}`}, whatspie.ErrForbidden},
		"not there": {whatspietest.Fault{Status: 404, Body: `<html>`}, whatspie.ErrNotFound},
		"as of one": {whatspietest.Fault{Status: 404, Body: `{"code":404,"message":"Device not found"}`}, whatspie.ErrDeviceNotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				srv.AddDevice(whatspie.Device{})
				time.AfterFunc(time.Second, func() { srv.Inject(test.fault) })
				var changes int
				var end error
				for _, err := range srv.Client().Devices.Watch(t.Context()) {
					if err != nil {
						end = err
						continue
					}
					changes++
				}
				require.ErrorIs(t, end, test.want)
				assert.Equal(t, 1, changes)
			})
		})
	}
}
