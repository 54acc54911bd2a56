"""What runs inside the image: the verbs that SageMaker and Batch call, thin shells around model/."""
