package create_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestCreateConfirmedPassesRefusalsOn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request whatspie.CreateDeviceRequest
		fault   whatspietest.Fault
		want    error
		sent    []string
	}{
		"bad package":        {whatspie.CreateDeviceRequest{Package: "NOPE", Name: "x"}, whatspietest.Fault{Path: "/none"}, whatspie.ErrInvalidPackage, []string{"GET", "POST"}},
		"blank name":         {whatspie.CreateDeviceRequest{Package: "BETA", Name: " "}, whatspietest.Fault{Path: "/none"}, whatspie.ErrInvalidRequest, []string{}},
		"no list beforehand": {wiretest.SalesDesk, whatspietest.Fault{Method: "GET", Status: 401, Body: `{"code":401}`}, whatspie.ErrUnauthorized, []string{"GET"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			srv.Inject(test.fault)
			_, err := srv.Client().Devices.CreateConfirmed(t.Context(), test.request)
			require.ErrorIs(t, err, test.want)
			require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, test.sent, wiretest.Methods(srv))
		})
	}
}

func TestCreateConfirmedLooksOnWhenAListFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
		srv.Inject(whatspietest.Fault{Method: "NONE"})
		client := srv.Client()
		time.AfterFunc(time.Millisecond, func() { srv.Inject(whatspietest.Fault{Method: "GET", Status: 400, Body: "{}"}) })
		srv.Inject(whatspietest.Fault{Method: "GET", Delay: 2 * time.Millisecond})

		device, err := client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)

		require.NoError(t, err)
		assert.Equal(t, int64(1), device.ID)
	})
}

func TestCreateConfirmedLooksForABoundedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.OK(`{"data":[]}`), wiretest.Reply{Status: 502}, wiretest.Reply{Stall: true})
		start := time.Now()
		_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		require.ErrorAs(t, err, new(*whatspie.UnconfirmedError))
		assert.Equal(t, 30*time.Second, time.Since(start))
	})
}

// A device without an ID is indistinguishable from others.
func TestCreateConfirmedTakesNoDeviceWithoutAnID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.OK(`{"data":[]}`), wiretest.Reply{Status: 502}, wiretest.OK(`{"data":[{"name":"Sales desk"},{"id":0,"name":"Sales desk"}]}`))
		_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		var unconfirmed *whatspie.UnconfirmedError
		require.ErrorAs(t, err, &unconfirmed)
		assert.Empty(t, unconfirmed.Candidates)
	})
}

// A response that is not clearly an empty list must not make an old device look new.
func TestCreateConfirmedTakesNoDoubtfulListForAnEmptyOne(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.OK(`{"code":200,"message":"Too many requests"}`), wiretest.Reply{Status: 502})
	_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	assert.Len(t, s.Requests(), 1, "nothing is made that could not be told from what was there")
}

func TestCreateConfirmedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
		client := srv.Client(wiretest.WithStaleLists(srv, 100))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()

		_, err := client.Devices.CreateConfirmed(ctx, wiretest.SalesDesk)

		require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, []string{"GET", "POST", "GET", "GET", "GET"}, wiretest.Methods(srv))
	})
}

func TestCreateConfirmedKnowsANameWithOtherSpaces(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	srv.Inject(whatspietest.Fault{Method: "POST", Status: 502})
	tidying := wiretest.WithRacingCreators(srv, whatspie.Device{Name: wiretest.SalesDesk.Name, Package: whatspie.Package{Code: wiretest.SalesDesk.Package}}, whatspie.Device{Name: "SalesDesk"})
	device, err := srv.Client(tidying).Devices.CreateConfirmed(t.Context(), whatspie.CreateDeviceRequest{Package: wiretest.SalesDesk.Package, Name: " Sales  desk\t"})
	require.NoError(t, err)
	assert.Equal(t, wiretest.SalesDesk.Name, device.Name)

	srv = whatspietest.NewServer(whatspietest.WithoutSocket()) // an exact match takes precedence
	srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
	beside := wiretest.WithRacingCreators(srv, whatspie.Device{Name: "Sales  desk", Package: whatspie.Package{Code: wiretest.SalesDesk.Package}})
	device, err = srv.Client(beside).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
	require.NoError(t, err)
	assert.Equal(t, wiretest.SalesDesk.Name, device.Name)
}

// The limits of a list do not include the waits before it.
func TestCreateConfirmedWaitsAsLongAsItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "GET", Status: 429, Times: 1, Header: http.Header{"Retry-After": {"360"}}})
		_, err := srv.Client(whatspie.WithRetry(whatspie.RetryPolicy{MaxRetryAfter: time.Hour})).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		require.NoError(t, err)
	})
}

func TestUnconfirmedErrorIsOneLine(t *testing.T) {
	t.Parallel()
	own := &whatspie.UnconfirmedError{Candidates: make([]whatspie.Device, 2)} // as a program's own fake would return it
	require.EqualError(t, own, "whatspie: outcome unknown, 2 new devices match the request")
	require.ErrorIs(t, own, whatspie.ErrOutcomeUnknown)
	require.NotErrorIs(t, own, context.Canceled)
	synctest.Test(t, func(t *testing.T) {
		srv := whatspietest.NewServer(whatspietest.WithoutSocket())
		srv.Inject(whatspietest.Fault{Method: "POST", Drop: true})
		_, err := srv.Client().Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
		assert.Regexp(t, `^whatspie: outcome unknown, 0 new devices match the request; POST /devices: .*\(1 attempt\)$`, err.Error())
		encoded, marshalErr := json.Marshal(err)
		require.NoError(t, marshalErr)
		assert.NotContains(t, string(encoded), srv.Token)
	})
}
