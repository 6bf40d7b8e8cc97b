// Package watch_test tests Watch against simulated accounts, and how it ends.
package watch_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
