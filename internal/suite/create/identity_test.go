package create_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// candidates returns the candidates of the UnconfirmedError in the chain.
func candidates(t *testing.T, err error) []whatspie.Device {
	t.Helper()
	var unconfirmed *whatspie.UnconfirmedError
	require.ErrorAs(t, err, &unconfirmed)
	return unconfirmed.Candidates
}

// A new device is returned if its name matches, and is a candidate unless its package differs.
func TestCreateConfirmed_identity(t *testing.T) {
	t.Parallel()
	const existing = `{"id":1,"name":"Café Tom & Jerry's","package":{"code":"BETA"}}`
	tests := map[string]struct {
		listed     []string
		want       int64
		candidates []int64
	}{
		"same name and package": {
			listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"BETA"}}`},
			want:   2,
		},
		"same name without package": {listed: []string{`{"id":2,"name":"Café Tom & Jerry's"}`}, want: 2},
		"same name, package in lower case": {
			listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"beta"}}`},
			want:   2,
		},
		"HTML-escaped name": {listed: []string{`{"id":2,"name":"Caf&eacute; Tom &amp; Jerry&#039;s"}`}, want: 2},
		"other white space": {listed: []string{`{"id":2,"name":" Café  Tom &\tJerry's"}`}, want: 2},
		"same name among other devices": {
			listed: []string{`{"id":2}`, `{"id":3,"name":"x"}`, `{"id":4,"name":"Café Tom & Jerry's"}`},
			want:   4,
		},
		"exact and escaped name": {
			listed: []string{`{"id":2,"name":"Café Tom &amp; Jerry's"}`, `{"id":3,"name":"Café Tom & Jerry's"}`},
			want:   3,
		},
		"exact name twice": {
			listed:     []string{`{"id":2,"name":"Café Tom & Jerry's"}`, `{"id":3,"name":"Café Tom & Jerry's"}`},
			candidates: []int64{2, 3},
		},
		"equivalent name twice": {
			listed:     []string{`{"id":2,"name":"Café Tom &amp; Jerry's"}`, `{"id":3,"name":"Café Tom &  Jerry's"}`},
			candidates: []int64{2, 3},
		},
		"no name":                  {listed: []string{`{"id":2}`}, candidates: []int64{2}},
		"no name, same package":    {listed: []string{`{"id":2,"package":{"code":"BETA"}}`}, candidates: []int64{2}},
		"decomposed Unicode":       {listed: []string{`{"id":2,"name":"Cafe\u0301 Tom & Jerry's"}`}, candidates: []int64{2}},
		"truncated name":           {listed: []string{`{"id":2,"name":"Café Tom"}`}, candidates: []int64{2}},
		"slug":                     {listed: []string{`{"id":2,"name":"cafe-tom-jerrys"}`}, candidates: []int64{2}},
		"other name":               {listed: []string{`{"id":2,"name":"Support"}`}, candidates: []int64{2}},
		"name in upper case":       {listed: []string{`{"id":2,"name":"CAFÉ TOM & JERRY'S"}`}, candidates: []int64{2}},
		"same name, other package": {listed: []string{`{"id":2,"name":"Café Tom & Jerry's","package":{"code":"BUSINESS"}}`}},
		"no ID":                    {listed: []string{`{"name":"Café Tom & Jerry's"}`}},
		"no new device":            {},
		"existing device unnamed":  {listed: []string{`{"id":1}`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				after := wiretest.ListOf(append(test.listed, existing)...)
				s := wiretest.NewScript(wiretest.ListOf(existing), wiretest.Reply{Status: 502}, after)
				request := whatspie.CreateDeviceRequest{Package: "BETA", Name: "Café Tom & Jerry's"}
				device, err := s.Client(t).Devices.CreateConfirmed(t.Context(), request)
				if test.want != 0 {
					require.NoError(t, err)
					assert.Equal(t, test.want, device.ID)
					assert.True(t, strings.EqualFold("BETA", string(device.Package.Code)), "filled in from the request")
					return
				}
				assert.Nil(t, device)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				found := candidates(t, err)
				require.Len(t, found, len(test.candidates))
				for i, id := range test.candidates {
					assert.Equal(t, id, found[i].ID)
				}
				assert.Len(t, s.Requests(), 7, "a list, the creation and five lists")
			})
		})
	}
}

func TestCreateConfirmed_ignoresWhiteSpaceInNames(t *testing.T) {
	t.Parallel()
	salesPackage := whatspie.Package{Code: wiretest.SalesDesk.Package}
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	srv.Inject(whatspietest.Fault{Method: "POST", Status: 502})
	tidied := whatspie.Device{Name: wiretest.SalesDesk.Name, Package: salesPackage}
	client := srv.Client(wiretest.WithRacingCreators(srv, tidied, whatspie.Device{Name: "SalesDesk"}))
	request := whatspie.CreateDeviceRequest{Package: wiretest.SalesDesk.Package, Name: " Sales  desk\t"}
	device, err := client.Devices.CreateConfirmed(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, wiretest.SalesDesk.Name, device.Name)

	srv = whatspietest.NewServer(whatspietest.WithoutSocket()) // an exact match takes precedence
	srv.Inject(whatspietest.Fault{Method: "POST", Lose: true})
	client = srv.Client(wiretest.WithRacingCreators(srv, whatspie.Device{Name: "Sales  desk", Package: salesPackage}))
	device, err = client.Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
	require.NoError(t, err)
	assert.Equal(t, wiretest.SalesDesk.Name, device.Name)
}

// A device without an ID is indistinguishable from others.
func TestCreateConfirmed_ignoresDevicesWithoutID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		after := wiretest.OK(`{"data":[{"name":"Sales desk"},{"id":0,"name":"Sales desk"}]}`)
		s := wiretest.NewScript(wiretest.OK(`{"data":[]}`), wiretest.Reply{Status: 502}, after)
		_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.SalesDesk)
		assert.Empty(t, candidates(t, err))
	})
}

// A device that one list contains and the next omits is still a candidate.
func TestCreateConfirmed_keepsCandidatesOfEarlierLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wiretest.NewScript(wiretest.ListOf(), wiretest.Reply{Status: 502},
			wiretest.ListOf(`{"id":2}`), wiretest.ListOf(`{"id":3}`),
			wiretest.ListOf(`{"id":2,"phone":"628"}`), wiretest.ListOf())
		_, err := s.Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
		assert.Equal(t, []whatspie.Device{{ID: 2, Phone: "628"}, {ID: 3}}, candidates(t, err))
	})
}

// A candidate is as the last complete list has it. It is none if it turns out to be on another package.
func TestCreateConfirmed_updatesCandidates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lists  []wiretest.Reply // after the creation
		want   []whatspie.Device
		listed bool
	}{
		"incomplete list": {
			lists: []wiretest.Reply{{Status: 200, Body: `{"data":[{"id":2},{"id":3`}},
		},
		"other package": {
			lists:  []wiretest.Reply{wiretest.ListOf(`{"id":2}`), wiretest.ListOf(`{"id":2,"package":{"code":"BUSINESS"}}`)},
			want:   []whatspie.Device{},
			listed: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				replies := append([]wiretest.Reply{wiretest.ListOf(), {Status: 502}}, test.lists...)
				_, err := wiretest.NewScript(replies...).Client(t).Devices.CreateConfirmed(t.Context(), wiretest.NewDevice)
				var unconfirmed *whatspie.UnconfirmedError
				require.ErrorAs(t, err, &unconfirmed)
				assert.Equal(t, test.want, unconfirmed.Candidates)
				assert.Equal(t, test.listed, unconfirmed.Listed)
			})
		})
	}
}

// Two processes create at the same time, and the request of one is lost.
func TestCreateConfirmed_neverReturnsDeviceOfAnotherProcess(t *testing.T) {
	t.Parallel()
	for name, otherDevice := range map[string]string{
		"no names":   `{"id":2,"package":{"code":"BETA"}}`,
		"other name": `{"id":2,"name":"B","package":{"code":"BETA"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := wiretest.NewScript(wiretest.ListOf(), wiretest.Fail(wiretest.ConnectionReset()), wiretest.ListOf(otherDevice))
				request := whatspie.CreateDeviceRequest{Package: "BETA", Name: "A"}
				device, err := s.Client(t).Devices.CreateConfirmed(t.Context(), request)
				assert.Nil(t, device)
				assert.Len(t, candidates(t, err), 1)
			})
		})
	}
}
