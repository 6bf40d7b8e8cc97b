package list_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// No device follows the end of the context, even if more have arrived.
func TestAll_stopsWithContext(t *testing.T) {
	t.Parallel()
	err := wiretest.CancelAfterThree(t, func(ctx context.Context, client *whatspie.Client) iter.Seq2[*whatspie.Device, error] {
		return client.Devices.All(ctx)
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "whatspie: GET /devices: context canceled (1 attempt)")
}
