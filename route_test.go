package whatspie_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestCreateRoute_rejectsBlankFields(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]whatspie.CreateDeviceRequest{
		"empty request":       {},
		"no package":          {Name: "x"},
		"blank package":       {Package: " \t", Name: "x"},
		"no name":             {Package: "BETA"},
		"blank name":          {Package: "BETA", Name: "\n "},
		"Unicode white space": {Package: "BETA", Name: "\u00a0\u2003"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(`{"data":{"id":7}}`))
			device, err := s.Client(t).Devices.Create(t.Context(), request)
			wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
			assert.Nil(t, device)
			assert.Empty(t, s.Requests())
			assert.True(t, strings.HasSuffix(err.Error(), "is blank"), err)
		})
	}
}

func TestCreateRoute_rejectsInvalidUTF8(t *testing.T) {
	t.Parallel()
	for _, request := range []whatspie.CreateDeviceRequest{
		{Package: "BETA", Name: "Sales \xff"},
		{Package: "BETA\xc3", Name: "x"},
	} {
		s := wiretest.NewScript(wiretest.OK("{}"))
		devices := s.Client(t).Devices
		_, err := devices.Create(t.Context(), request)
		wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
		assert.Contains(t, err.Error(), "not valid UTF-8")
		_, err = devices.CreateConfirmed(t.Context(), request)
		wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
		assert.Empty(t, s.Requests())
	}
}

func TestDeviceRoute_rejectsIDsBelowOne(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{0, -1, math.MinInt64} {
		s := wiretest.NewScript(wiretest.OK(wiretest.Fixture(t, "get_device_200.json")))
		for name, call := range wiretest.IDCalls(s.Client(t), id) {
			err := call(t.Context())
			wiretest.AssertSentinels(t, err, whatspie.ErrInvalidRequest)
			require.ErrorContains(t, err, "is below 1", name)
			assert.NotContains(t, wiretest.APIError(t, err).Path, "?", name)
		}
		assert.Empty(t, s.Requests())
	}
}
