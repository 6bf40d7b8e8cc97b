package whatspie_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestPairEventKind_string(t *testing.T) {
	t.Parallel()
	names := make([]string, whatspie.PairPaired+2)
	for kind := range names {
		names[kind] = whatspie.PairEventKind(kind).String()
	}
	assert.Equal(t, []string{
		"PairEventKind(0)", "PairQR", "PairQRExpired", "PairStatus", "PairRetry", "PairPaired", "PairEventKind(6)",
	}, names)
}

func TestPairOptions_rejectInvalidValues(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]whatspie.PairOption{
		"lifetime in nanoseconds": whatspie.WithQRLifetime(20),
		"negative lifetime":       whatspie.WithQRLifetime(-time.Second),
		"recheck too short":       whatspie.WithQRRecheck(999 * time.Millisecond),
		"patience too short":      whatspie.WithQRPatience(999 * time.Millisecond),
		"zero codes":              whatspie.WithMaxQRCodes(0),
		"nil option":              nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			_, events, err := wiretest.Pair(t.Context(), srv.Client(), id, opt)
			require.ErrorIs(t, err, whatspie.ErrInvalidRequest)
			assert.Empty(t, events)
			assert.Empty(t, srv.Requests())
		})
	}
}

func TestPair(t *testing.T) {
	t.Parallel()
	t.Run("shows each code until a phone connects", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(62*time.Second))
			id := srv.AddDevice(whatspie.Device{Name: "Support"})
			time.AfterFunc(70*time.Second, func() { srv.Scan(id) })

			steps, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

			require.NoError(t, err)
			assert.Equal(t, []wiretest.Step{
				wiretest.At(0, whatspie.PairQR),
				wiretest.At(63, whatspie.PairStatus),
				wiretest.At(63, whatspie.PairQR),
				wiretest.At(66, whatspie.PairStatus),
				wiretest.At(72, whatspie.PairPaired),
			}, steps)
			assert.Equal(t, whatspie.PairedStatusExpired, events[1].Device.PairedStatus)
			assert.Equal(t, whatspie.PairedStatusUnpaired, events[3].Device.PairedStatus)
			assert.Equal(t, 1, events[0].Sequence)
			assert.Equal(t, 2, events[2].Sequence)
			assert.NotEqual(t, events[0].QR.PNG(), events[2].QR.PNG())
			// The first code is requested again after 5 s, the second 20 s after the request at 60 s that still
			// returned the first.
			assert.Equal(t, 75*time.Second, events[2].ExpiresAt.Sub(events[0].ExpiresAt))
			assert.True(t, events[4].Device.Paired())
			assert.NotEmpty(t, events[4].Device.Phone)
		})
	})
	t.Run("ends at once for a paired device", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired, Phone: "62811"})

			steps, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

			require.NoError(t, err)
			assert.Equal(t, []wiretest.Step{wiretest.At(0, whatspie.PairPaired)}, steps)
			assert.Equal(t, "62811", events[0].Device.Phone)
		})
	})
	t.Run("ends after the last code", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})

			steps, events, err := wiretest.Pair(t.Context(), srv.Client(), id)

			require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
			shown := wiretest.CodeSteps(steps)
			assert.Len(t, shown, 7, "six codes and the withdrawal of the last")
			assert.Equal(t, whatspie.PairQRExpired, shown[6].Kind)
			assert.InDelta(t, 155, shown[6].At, 6, "60 s for the first code, 20 s for each of the others")
			withdrawal := events[len(events)-1]
			assert.Equal(t, 6, withdrawal.Sequence)
			assert.Zero(t, withdrawal.ExpiresAt)
			require.EqualError(t, err, "whatspie: GET /devices/1/qr: QR codes exhausted: 6 shown")
			assert.True(t, wiretest.APIError(t, err).Retryable())
		})
	})
	t.Run("keeps the code while the gateway returns it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))
			id := srv.AddDevice(whatspie.Device{})
			time.AfterFunc(9*time.Minute+time.Second, func() { srv.Scan(id) })

			steps, _, err := wiretest.Pair(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1))

			require.NoError(t, err)
			assert.Equal(t, []wiretest.Step{
				wiretest.At(0, whatspie.PairQR),
				wiretest.At(543, whatspie.PairPaired),
			}, steps)
		})
	})
	t.Run("replaces a code that expires early", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			time.AfterFunc(11*time.Second, func() { srv.ExpireQR(id) })
			time.AfterFunc(20*time.Second, func() { srv.Scan(id) })

			steps, _, err := wiretest.Pair(t.Context(), srv.Client(), id)

			require.NoError(t, err)
			assert.Equal(t, []wiretest.Step{
				wiretest.At(0, whatspie.PairQR),
				wiretest.At(12, whatspie.PairQR), // at the next poll
			}, wiretest.CodeSteps(steps))
		})
	})
}

// A phone may connect after the last poll.
func TestPair_readsStatusAfterLastCode(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault whatspietest.Fault
		want  error
	}{
		"paired":       {},
		"failed polls": {fault: whatspietest.Fault{Path: "/devices/1", Status: 503, Times: 2}},
		"permanent failure": {
			fault: whatspietest.Fault{Path: "/devices/1", Body: `{"code":401,"message":"Unauthorized"}`},
			want:  whatspie.ErrUnauthorized,
		},
		"no response": {
			fault: whatspietest.Fault{Path: "/devices/1", Delay: time.Hour, Times: -1},
			want:  whatspie.ErrQRCodesExhausted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(11*time.Second))
				id := srv.AddDevice(whatspie.Device{})
				ends := 0
				var last error
				for event, err := range srv.Client().Devices.Pair(t.Context(), id, whatspie.WithMaxQRCodes(1)) {
					last = err
					if event.Kind == whatspie.PairQRExpired {
						srv.Inject(test.fault)
						srv.Scan(id)
					}
					if err != nil || event.Kind == whatspie.PairPaired {
						ends++
					}
				}
				require.ErrorIs(t, last, test.want)
				assert.Equal(t, 1, ends)
			})
		})
	}
}

// The durations must not overflow.
func TestPair_acceptsLongestDurations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))
		id := srv.AddDevice(whatspie.Device{})
		srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Delay: 2 * time.Second})
		time.AfterFunc(time.Second, func() {
			expired := `{"status":200,"data":{"id":1,"paired_status":"EXPIRED"}}`
			srv.Inject(whatspietest.Fault{Path: "/devices/1", Body: expired})
			srv.Inject(whatspietest.Fault{Path: "/devices/1/qr", Delay: 2 * time.Minute, Times: -1})
		})
		time.AfterFunc(20*time.Second, func() { srv.Scan(id) })
		const longest = time.Duration(math.MaxInt64)
		_, events, err := wiretest.Pair(t.Context(), srv.Client(), id,
			whatspie.WithQRRecheck(longest), whatspie.WithQRLifetime(longest), whatspie.WithQRPatience(longest))
		require.NoError(t, err)
		kinds := make([]whatspie.PairEventKind, len(events))
		for i, event := range events {
			kinds[i] = event.Kind
		}
		assert.Equal(t, []whatspie.PairEventKind{whatspie.PairQR, whatspie.PairStatus, whatspie.PairPaired}, kinds)
	})
}

func TestPair_acceptsPhoneNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		const phone = 6281234567890
		id := srv.AddDevice(whatspie.Device{Phone: "6281234567890"})
		other := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		ctx, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = wiretest.Pair(ctx, client, other) }() // with two loops, the polls read the list
		time.AfterFunc(10*time.Second, func() { srv.Scan(id) })

		_, events, err := wiretest.Pair(t.Context(), client, phone)

		stop()
		require.NoError(t, err)
		assert.Equal(t, id, events[len(events)-1].Device.ID)
	})
}

func TestPair_stopsAfterBreak(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			require.Equal(t, whatspie.PairQR, event.Kind)
			break
		}
		sent := len(srv.Requests())
		time.Sleep(time.Hour)
		assert.Len(t, srv.Requests(), sent)
	})
}

func TestPair_endsWithContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the operator closed the page")
	tests := map[string]struct {
		context contextFunc
		want    []error
	}{
		"deadline":              {deadlineAfter(7 * time.Second), []error{context.DeadlineExceeded}},
		"canceled with a cause": {cancelAfter(7*time.Second, reason), []error{context.Canceled, reason}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := whatspietest.NewServer(whatspietest.WithoutSocket())
				id := srv.AddDevice(whatspie.Device{})
				ctx, cancel := test.context(t.Context())
				defer cancel()
				start := time.Now()

				_, events, err := wiretest.Pair(ctx, srv.Client(), id)

				for _, want := range test.want {
					require.ErrorIs(t, err, want)
				}
				assert.Len(t, events, 1)
				assert.Equal(t, 7*time.Second, time.Since(start))
			})
		})
	}
}
