namespace Cap.Dashboard;

/// <summary>What the page of subscribers shows.</summary>
public sealed record SubscribersModel(ShellModel Shell, Known<IReadOnlyList<SubscriberRow>> Groups);
