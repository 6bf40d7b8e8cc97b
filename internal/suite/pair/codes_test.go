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

// A slow consumer does not receive a code that has expired in the meantime.
func TestPair_yieldsNoExpiredCodeToSlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Delay: 4 * time.Second})
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Status: 503}) // fails the poll during the first code request
		shown := map[int]bool{}
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			if err != nil {
				require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
				break
			}
			if event.Kind == whatspie.PairQR {
				shown[event.Sequence] = true
				device, _ := srv.Device(id)
				assert.Equal(t, whatspie.PairedStatusUnpaired, device.PairedStatus, "a code is valid")
				current, err := srv.Client().Devices.QR(t.Context(), id)
				require.NoError(t, err)
				assert.Equal(t, current.PNG(), event.QR.PNG())
			}
			time.Sleep(65 * time.Second)
		}
		assert.Len(t, shown, 6)
	})
}

// A device that is always EXPIRED does not affect the code shown.
func TestPair_keepsCodeIfDeviceStaysExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		expired := `{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`
		srv.Inject(whatspietest.Fault{Path: "/devices/1", Times: -1, Body: expired})
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
		assert.LessOrEqual(t, float64(requests)/(steps[len(steps)-1].At/60), 14.0, "code requests per minute")
	})
}

// An unconfirmed code is withdrawn. It keeps its sequence number if it is confirmed later.
func TestPair_withdrawsUnconfirmedCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault       whatspietest.Fault
		withdrawnAt float64 // seconds
	}{
		"503":         {whatspietest.Fault{Status: 503}, 12},
		"no response": {whatspietest.Fault{Delay: time.Hour}, 15},
		"no code yet": {whatspietest.Fault{Body: `{"status":200,"data":{"qr":null}}`}, 10},
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
				assert.InDelta(t, test.withdrawnAt, shown[1].At, 3)
				assert.Equal(t, whatspie.PairQR, shown[2].Kind)
				for _, event := range events {
					assert.LessOrEqual(t, event.Sequence, 1)
				}
			})
		})
	}
}

// Links are compared as a whole: the code may be in the query.
func TestPair_comparesLinks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		links []string // one per 20 s
		want  []wiretest.Step
	}{
		"code in path": {
			links: []string{"https://cdn.example.com/qr/1.png", "https://cdn.example.com/qr/2.png"},
			want:  []wiretest.Step{wiretest.At(0, whatspie.PairQR), wiretest.At(20, whatspie.PairQR)},
		},
		"code in query": {
			links: []string{"https://qr.example.com/?data=2%40a", "https://qr.example.com/?data=2%40b"},
			want:  []wiretest.Step{wiretest.At(0, whatspie.PairQR), wiretest.At(20, whatspie.PairQR)},
		},
		"same link": {
			links: []string{"https://cdn.example.com/qr.png?sig=a%2Fb", "https://cdn.example.com/qr.png?sig=a%2Fb"},
			want:  []wiretest.Step{wiretest.At(0, whatspie.PairQR)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				script := wiretest.NewScriptFunc(func(r *http.Request) wiretest.Reply {
					elapsed := time.Since(start)
					switch {
					case wiretest.IsQRRequest(r):
						link := test.links[elapsed/(20*time.Second)]
						return wiretest.OK(`{"status":200,"message":"OK","data":{"qr":"` + link + `"}}`)
					case elapsed < 30*time.Second:
						return wiretest.OK(`{"status":200,"data":{"id":1,"paired_status":"UNPAIRED"}}`)
					default:
						return wiretest.OK(`{"status":200,"data":{"id":1,"paired_status":"PAIRED"}}`)
					}
				})
				steps, _, err := wiretest.Pair(t.Context(), script.Client(t), 1)
				require.NoError(t, err)
				assert.Equal(t, test.want, wiretest.CodeSteps(steps))
			})
		})
	}
}
