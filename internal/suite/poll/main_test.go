// Package poll_test tests how loops share their polls, and what every loop has in common.
package poll_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
