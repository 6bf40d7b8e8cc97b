package pair_test

import (
	"net/http"
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

// Once a phone has scanned, Pair ends without waiting for a pending code.
func TestPairNoticesThePhoneWhileACodeIsAwaited(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]whatspietest.Fault{
		"no answer":      {Delay: time.Hour},
		"a long pause":   {Status: 503, Header: http.Header{"Retry-After": {"55"}}},
		"rate limited":   {Status: 429, Header: http.Header{"Retry-After": {"10"}}},
		"a slow failure": {Status: 500, Delay: 25 * time.Second},
	} {
		fault.Path, fault.Times = "/devices/1/qr", -1
		for end, want := range map[string]struct {
			act func(*whatspietest.Server, int64) bool
			err error
		}{
			"scanned":   {act: (*whatspietest.Server).Scan},
			"suspended": {act: (*whatspietest.Server).Suspend, err: whatspie.ErrDeviceSuspended},
			"removed":   {act: (*whatspietest.Server).RemoveDevice, err: whatspie.ErrDeviceNotFound},
		} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := whatspietest.NewServer(whatspietest.WithoutSocket())
					id := srv.AddDevice(whatspie.Device{})
					time.AfterFunc(50*time.Second, func() { srv.Inject(fault) })
					time.AfterFunc(61*time.Second, func() { assert.True(t, want.act(srv, id)) })
					start := time.Now()

					_, _, err := wiretest.Pair(t.Context(), srv.Client(), id)

					require.ErrorIs(t, err, want.err)
					assert.LessOrEqual(t, time.Since(start), 64*time.Second, "the poll after it")
				})
			})
		}
	}
}

// A slow consumer must not receive a code that expired in the meantime.
func TestPair_slowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Delay: 4 * time.Second})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Status: 503}) // during the first code request
		shown := map[int]bool{}
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			if err != nil {
				require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
				break
			}
			if event.Kind == whatspie.PairQR {
				shown[event.Sequence] = true
				device, _ := srv.Device(id)
				assert.Equal(t, whatspie.PairedStatusUnpaired, device.PairedStatus, "a code lives")
				current, err := srv.Client().Devices.QR(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, current.PNG(), event.QR.PNG())
			}
			time.Sleep(65 * time.Second)
		}
		assert.Len(t, shown, 6)
	})
}

// A permanent EXPIRED does not affect the code shown.
func TestPair_staysExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Times: -1, Body: `{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`})
		time.AfterFunc(10*time.Minute, srv.ClearFaults)

		steps, _, err := wiretest.Pair(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(2))

		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		shown := wiretest.CodeSteps(steps)
		assert.Equal(t, []whatspie.PairEventKind{whatspie.PairQR, whatspie.PairQR, whatspie.PairQRExpired},
			[]whatspie.PairEventKind{shown[0].Kind, shown[1].Kind, shown[2].Kind})
		requests := 0
		for _, r := range srv.Requests() {
			if strings.HasSuffix(r.Path, "/qr") {
				requests++
			}
		}
		assert.LessOrEqual(t, float64(requests)/(steps[len(steps)-1].At/60), 14.0)
	})
}

// An unconfirmed code is withdrawn, and keeps its number if it is later confirmed.
func TestPair_takesBackWhatItCannotConfirm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault whatspietest.Fault
		want  float64
	}{
		"failures": {whatspietest.Fault{Status: 503}, 12},
		"silence":  {whatspietest.Fault{Delay: time.Hour}, 15},
		"not yet":  {whatspietest.Fault{Body: `{"status":200,"data":{"qr":null}}`}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))
				id := srv.AddDevice(whatspie.Device{})
				fault := test.fault
				fault.Path, fault.Times = "/devices/1/qr", -1
				time.AfterFunc(time.Second, func() { srv.Inject(fault) })
				time.AfterFunc(40*time.Second, srv.ClearFaults)
				time.AfterFunc(3*time.Minute, func() { srv.Scan(id) })

				steps, events, err := wiretest.Pair(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1))

				require.NoError(t, err)
				shown := wiretest.CodeSteps(steps)
				require.Len(t, shown, 3)
				assert.Equal(t, whatspie.PairQRExpired, shown[1].Kind)
				assert.InDelta(t, test.want, shown[1].At, 3)
				assert.Equal(t, whatspie.PairQR, shown[2].Kind)
				for _, event := range events {
					assert.LessOrEqual(t, event.Sequence, 1)
				}
			})
		})
	}
}
