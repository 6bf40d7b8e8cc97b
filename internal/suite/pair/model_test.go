package pair_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/pairing/model"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// simulation is one call of Pair with a simulated gateway.
type simulation struct {
	*model.Gateway

	transport *model.Transport
	screen    *model.Screen
	codes     map[int]int // by sequence number
	ends      int
	paired    bool
}

// simulate runs Pair until it ends. The phone scans after the given time.
func simulate(t *testing.T, kind model.Kind, seed uint64, scanAfter time.Duration, maxCodes int) *simulation {
	t.Helper()
	gateway := model.New(kind, seed)
	s := &simulation{
		Gateway:   gateway,
		transport: gateway.Transport(),
		screen:    model.NewScreen(gateway),
		codes:     map[int]int{},
	}
	client := wiretest.NewClient(t, wiretest.WithTransport(s.transport))
	time.AfterFunc(scanAfter, s.Scan)
	for event, err := range client.Devices.Pair(t.Context(), 1, whatspie.WithMaxQRCodes(maxCodes)) {
		require.Zero(t, s.ends, "nothing follows the end")
		switch {
		case err != nil:
			require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
			s.ends++
		case event.Kind == whatspie.PairPaired:
			s.ends, s.paired = s.ends+1, true
		case event.Kind == whatspie.PairQR:
			code := s.transport.CodeOf(event.QR.PNG())
			if known := s.codes[event.Sequence]; known != 0 {
				require.Equal(t, known, code, "a sequence number has one code")
			}
			s.codes[event.Sequence] = code
			s.screen.Show(code)
		case event.Kind == whatspie.PairQRExpired:
			s.screen.Show(0)
		}
	}
	return s
}

func TestPair_simulatedGateways(t *testing.T) {
	t.Parallel()
	for _, kind := range model.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			var tally model.Tally
			for seed := range schedules(kind) {
				synctest.Test(t, func(t *testing.T) {
					s := simulate(t, kind, seed, 4*time.Minute, 100)
					assert.Equal(t, 1, s.ends)
					assert.True(t, s.paired)
					assert.LessOrEqual(t, s.Now(), 4*time.Minute+3*time.Second+kind.StatusLag, "ends with the next poll")
					tally.Add(s.screen)
				})
				synctest.Test(t, func(t *testing.T) {
					const maxCodes = 3
					s := simulate(t, kind, seed, time.Hour, maxCodes)
					assert.Equal(t, 1, s.ends)
					assert.Len(t, s.codes, maxCodes)
				})
			}
			got := tally.Figures()
			got.Invalid, got.Blank = got.Invalid/2, got.Blank/2 // with so few schedules the shares vary by chance
			assert.True(t, got.Within(kind.Bounds), "%+v exceeds %+v", got, kind.Bounds)
		})
	}
}

// schedules returns the number of schedules for a kind of gateway. Results vary most if responses are lost.
func schedules(kind model.Kind) uint64 {
	if kind.LostShare > 0 {
		return 20
	}
	return 2
}
