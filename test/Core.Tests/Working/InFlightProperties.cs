namespace Cap.Core.Tests.Working;

public class InFlightProperties
{
    /// <summary>
    /// Whatever crosses what: one row of a key at a time, in order, none twice, none that is done; bounded; and in the end every row is done
    /// once and nothing is held.
    /// </summary>
    [Fact]
    public void Rows_are_started_in_order_of_their_key_and_none_is_lost() =>
        Property.Holds(
            WorkStep.Any,
            250,
            history =>
            {
                var model = new WorkModel();
                foreach (var step in history)
                    model.Take(step);
                model.Finish();
            }
        );
}
