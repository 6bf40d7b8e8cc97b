package whatspie_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// step is what a test expects of one event: its kind, and the virtual seconds since the start.
type step struct {
	kind whatspie.PairEventKind
	at   float64
}

// pairUntilEnd ranges over Pair to its end and tells the steps and the final error.
func pairUntilEnd(ctx context.Context, client *whatspie.Client, id int64, opts ...whatspie.PairOption) ([]step, []whatspie.PairEvent, error) {
	start := time.Now()
	var steps []step
	var events []whatspie.PairEvent
	for event, err := range client.Devices.Pair(ctx, id, opts...) {
		if err != nil {
			return steps, events, err
		}
		steps = append(steps, step{event.Kind, time.Since(start).Seconds()})
		events = append(events, event)
	}
	return steps, events, nil
}

func TestPairShowsCodesUntilThePhoneConnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{Name: "Support"})
		time.AfterFunc(66*time.Second, func() { srv.Scan(id) })

		// An interval that is no part of 60 s: no poll falls together with the end of a code.
		steps, events, err := pairUntilEnd(t.Context(), srv.Client(whatspie.WithPollInterval(7*time.Second)), id)

		require.NoError(t, err)
		assert.Equal(t, []step{
			{whatspie.PairQR, 0},
			{whatspie.PairQRExpired, 60},
			{whatspie.PairQR, 60},
			{whatspie.PairPaired, 70},
		}, steps)
		assert.Equal(t, 1, events[0].Sequence)
		assert.Equal(t, 2, events[2].Sequence)
		assert.NotEqual(t, events[0].QR.PNG(), events[2].QR.PNG(), "the second code is a new one")
		assert.Equal(t, 60*time.Second, events[1].ExpiresAt.Sub(events[0].ExpiresAt.Add(-60*time.Second)))
		assert.True(t, events[3].Device.Paired())
		assert.NotEmpty(t, events[3].Device.Phone)
	})
}

func TestPairEndsAtOnceForAPairedDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{PairedStatus: whatspie.PairedStatusPaired, Phone: "62811"})

		steps, events, err := pairUntilEnd(t.Context(), srv.Client(), id)

		require.NoError(t, err)
		assert.Equal(t, []step{{whatspie.PairPaired, 0}}, steps)
		assert.Equal(t, "62811", events[0].Device.Phone)
	})
}

func TestPairExhaustsItsCodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		start := time.Now()

		steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id)

		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		codes := slices.DeleteFunc(steps, func(s step) bool { return s.kind == whatspie.PairStatus })
		assert.Len(t, codes, 12, "six codes, each shown and taken back")
		assert.Equal(t, 160*time.Second, time.Since(start), "60 s for the first, 20 s for each of five more")
		assert.EqualError(t, err, "whatspie: GET /devices/1/qr: QR codes exhausted after 6")
	})
}

// A phone may scan in the last moment, after the last poll.
func TestPairLooksOnceMoreBeforeItGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(9500*time.Millisecond, func() { srv.Scan(id) })

		steps, _, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(1), whatspie.WithQRLifetime(10*time.Second))

		require.NoError(t, err)
		assert.Equal(t, []step{{whatspie.PairQR, 0}, {whatspie.PairQRExpired, 10}, {whatspie.PairPaired, 10}}, steps)
	})
}

func TestPairReportsStatusAndReplacesAnExpiredCodeAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		time.AfterFunc(4*time.Second, func() { srv.ExpireQR(id) })
		time.AfterFunc(10*time.Second, func() { srv.Scan(id) })

		steps, events, err := pairUntilEnd(t.Context(), srv.Client(), id)

		require.NoError(t, err)
		assert.Equal(t, []step{
			{whatspie.PairQR, 0},
			{whatspie.PairStatus, 6},
			{whatspie.PairQRExpired, 6},
			{whatspie.PairQR, 6},
			{whatspie.PairStatus, 9},
			{whatspie.PairPaired, 12},
		}, steps)
		assert.Equal(t, whatspie.PairedStatusExpired, events[1].Device.PairedStatus)
		assert.Equal(t, whatspie.PairedStatusUnpaired, events[4].Device.PairedStatus)
	})
}

func TestPairObeysItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("the operator closed the page")
	tests := map[string]struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		want    []error
	}{
		"deadline": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 7*time.Second)
			},
			[]error{context.DeadlineExceeded},
		},
		"cancelled with a cause": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(7*time.Second, func() { cancel(reason) })
				return ctx, func() { cancel(nil) }
			},
			[]error{context.Canceled, reason},
		},
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

				_, events, err := pairUntilEnd(ctx, srv.Client(), id)

				for _, want := range test.want {
					require.ErrorIs(t, err, want)
				}
				assert.Len(t, events, 1)
				assert.Equal(t, 7*time.Second, time.Since(start))
			})
		})
	}
}

func TestPairLeavesNothingRunningAfterABreak(t *testing.T) {
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

// A dashboard may be slow to draw: what it is shown afterwards must still be true.
func TestPairSurvivesASlowConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		var kinds []whatspie.PairEventKind
		for event, err := range srv.Client().Devices.Pair(t.Context(), id) {
			require.NoError(t, err)
			kinds = append(kinds, event.Kind)
			if len(kinds) == 1 {
				time.Sleep(5 * time.Minute)
				srv.Scan(id)
				time.Sleep(4 * time.Second)
			}
		}
		assert.Equal(t, []whatspie.PairEventKind{whatspie.PairQR, whatspie.PairPaired}, kinds)
	})
}

// A page that is closed and opened again gets the code that the server still hands out: it is no younger for that.
func TestPairDoesNotTakeAnOldCodeForANewOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		id := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		var shown []whatspie.PairEvent
		for range 2 {
			for event, err := range client.Devices.Pair(t.Context(), id) {
				require.NoError(t, err)
				shown = append(shown, event)
				break
			}
			time.Sleep(50 * time.Second)
		}
		assert.Equal(t, shown[0].QR.PNG(), shown[1].QR.PNG())
		assert.Equal(t, shown[0].ExpiresAt, shown[1].ExpiresAt)

		_, events, err := pairUntilEnd(t.Context(), client, id, whatspie.WithMaxQRCodes(1))
		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.NotEqual(t, shown[0].QR.PNG(), events[0].QR.PNG(), "the code has run out meanwhile")
	})
}

// A server whose codes live longer than expected hands out the same one again: it counts as new, not as dead.
func TestPairShowsACodeAgainThatTheServerKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket(), whatspietest.WithQRLifetime(time.Hour))
		id := srv.AddDevice(whatspie.Device{})

		steps, events, err := pairUntilEnd(t.Context(), srv.Client(), id, whatspie.WithMaxQRCodes(2))

		require.ErrorIs(t, err, whatspie.ErrQRCodesExhausted)
		assert.Equal(t, []step{{whatspie.PairQR, 0}, {whatspie.PairQRExpired, 60}, {whatspie.PairQR, 60}, {whatspie.PairQRExpired, 80}}, steps)
		assert.Equal(t, events[0].QR.PNG(), events[2].QR.PNG())
	})
}

func TestPairFindsADeviceByItsPhoneNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		const phone = 6281234567890
		id := srv.AddDevice(whatspie.Device{Phone: "6281234567890"})
		other := srv.AddDevice(whatspie.Device{})
		client := srv.Client()
		background, stop := context.WithCancel(t.Context())
		go func() { _, _, _ = pairUntilEnd(background, client, other) }()
		time.AfterFunc(10*time.Second, func() { srv.Scan(id) })

		_, events, err := pairUntilEnd(t.Context(), client, phone)

		stop()
		require.NoError(t, err)
		assert.Equal(t, id, events[len(events)-1].Device.ID)
	})
}

func TestPairOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]whatspie.PairOption{
		"no lifetime": whatspie.WithQRLifetime(-time.Second),
		"no codes":    whatspie.WithMaxQRCodes(0),
		"nil":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			_, events, err := pairUntilEnd(t.Context(), srv.Client(), id, opt)
			require.ErrorIs(t, err, whatspie.ErrInvalidRequest)
			assert.Empty(t, events)
			assert.Empty(t, srv.Requests())
		})
	}
}

func TestPairEventKindNamesItself(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "PairQR PairQRExpired PairStatus PairRetry PairPaired PairEventKind(0)",
		whatspie.PairQR.String()+" "+whatspie.PairQRExpired.String()+" "+whatspie.PairStatus.String()+" "+
			whatspie.PairRetry.String()+" "+whatspie.PairPaired.String()+" "+whatspie.PairEventKind(0).String())
}
