package list_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// No device follows the end of the context, even if more have arrived.
func TestAll_stopsWithContext(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for range 50 {
		srv.AddDevice(whatspie.Device{})
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range srv.Client().Devices.All(ctx) {
		if errs = append(errs, err); len(errs) == 3 {
			cancel()
		}
	}
	require.Len(t, errs, 4)
	require.NoError(t, errors.Join(errs[:3]...))
	require.ErrorIs(t, errs[3], context.Canceled)
	assert.EqualError(t, errs[3], "whatspie: GET /devices: context canceled (1 attempt)")
}
